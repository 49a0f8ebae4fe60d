"""The container's files name what exists, carry no secret, and open nothing by themselves."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
IGNORE = (ROOT / ".dockerignore").read_text().splitlines()
ALLOWED = [line[1:] for line in IGNORE if line.startswith("!")]


def _copied() -> list[str]:
    lines = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE)
    return [source for line in lines for source in line.split()]


def test_everything_the_image_copies_exists_and_is_sent_to_the_builder() -> None:
    assert _copied()
    assert [source for source in _copied() if not (ROOT / source).exists()] == []
    assert set(_copied()) == set(ALLOWED)


def test_accounts_and_data_stay_outside_the_image() -> None:
    assert ".streamlit" not in ALLOWED and ".streamlit/secrets.toml" not in ALLOWED


def test_the_image_runs_as_a_user_without_rights_on_a_python_that_is_supported() -> None:
    assert re.search(r"^USER (?!root)\w+$", DOCKERFILE, re.MULTILINE)
    version = re.search(r"^FROM python:3\.(\d+)-", DOCKERFILE, re.MULTILINE)
    assert version is not None and 11 <= int(version[1]) <= 13


def test_the_dashboard_is_published_on_this_machine_only() -> None:
    ports = re.findall(r'ports: \["(.+)"\]', COMPOSE)
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_dashboard_and_worker_share_one_home() -> None:
    home = re.search(r"ARNCNN_HOME=(\S+)", DOCKERFILE)
    assert home is not None
    assert COMPOSE.count(f'volumes: ["data:{home[1]}"]') == 2
