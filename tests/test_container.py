"""The container's files name what exists, carry no secret, and open nothing by themselves."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
CLUSTER = (ROOT / "compose.cluster.yaml").read_text()
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
    assert "USER 10001" in DOCKERFILE
    for stage in re.split(r"^FROM .*\n", DOCKERFILE, flags=re.MULTILINE)[1:]:
        users = re.findall(r"^USER (\w+)$", stage, re.MULTILINE)
        assert not users or users[-1] not in ("root", "0")  # else it is the stage's before it
    version = re.search(r"^FROM python:3\.(\d+)-", DOCKERFILE, re.MULTILINE)
    assert version is not None and 11 <= int(version[1]) <= 13


def test_the_dashboard_is_published_on_this_machine_only() -> None:
    ports = re.findall(r'ports: \["(.+)"\]', COMPOSE)
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_dashboard_and_worker_share_one_home() -> None:
    home = re.search(r"ARNCNN_HOME=(\S+)", DOCKERFILE)
    assert home is not None
    assert COMPOSE.count(f'volumes: ["data:{home[1]}"]') == 2


def test_the_cluster_publishes_nothing_and_has_no_secret_of_its_own() -> None:
    assert "ports:" not in CLUSTER
    for secret in ("POSTGRES_PASSWORD", "RAY_AUTH_TOKEN"):
        given = re.findall(rf"\$\{{{secret}([^}}]*)\}}", CLUSTER)
        assert len(given) >= 2 and all(rest.startswith(":?") for rest in given)


def test_every_stage_that_is_asked_for_exists_and_the_last_is_the_dashboard() -> None:
    stages = re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE)
    asked = set(re.findall(r"target: (\w+)", COMPOSE + CLUSTER))
    assert asked == set(stages)
    last = [line for line in DOCKERFILE.splitlines() if line.startswith("FROM ")][-1]
    assert last == "FROM single"


def test_every_build_names_its_folder_for_the_older_compose_too() -> None:
    built = re.findall(r"^ +build: \{(.+)\}$", COMPOSE + CLUSTER, re.MULTILINE)
    assert len(built) >= 5
    assert all(what.startswith("context: ., target: ") for what in built)


def test_a_read_only_container_can_write_to_its_users_home() -> None:
    home = re.search(r"--home-dir (\S+)", DOCKERFILE)
    assert home is not None
    writable = re.findall(r"read_only: true\n +tmpfs: \[(.+)\]", COMPOSE + CLUSTER)
    assert len(writable) == (COMPOSE + CLUSTER).count("read_only: true") == 3
    assert all(place.strip('"').split(":")[0] == home[1] for place in writable)
