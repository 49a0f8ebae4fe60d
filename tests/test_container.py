"""The container's files name what exists, carry no secret, and open nothing by themselves."""

import os
import re
import shutil
import subprocess
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
    version = re.search(r"^FROM python:3\.(\d+)\.\d+-", DOCKERFILE, re.MULTILINE)
    assert version is not None and 11 <= int(version[1]) <= 13


def test_the_dashboard_is_published_on_this_machine_only() -> None:
    ports = re.findall(r'ports: \["(.+)"\]', COMPOSE)
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    assert COMPOSE.count("--no-token") == 1  # and only there: an image published wider refuses
    assert "--no-token" not in "".join(re.findall(r"^CMD .*$", DOCKERFILE, re.MULTILINE))


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


def _base_images() -> list[str]:
    stages = re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)
    return stages + re.findall(r"^ +image: (\S+:\S+)$", COMPOSE + CLUSTER, re.MULTILINE)


def test_base_images_are_of_one_patch_version_and_a_named_debian() -> None:
    images = _base_images()
    assert len(images) == 2
    exact = r"(python:3\.\d+\.\d+-slim-bookworm|postgres:\d+\.\d+-bookworm)(@sha256:[0-9a-f]{64})?"
    assert [image for image in images if not re.fullmatch(exact, image)] == []


def _pinned(folder: Path, docker: str) -> subprocess.CompletedProcess[str]:
    """``make base-images`` on a copy, with a docker that does what the shell line says."""
    for name in ("Makefile", "Dockerfile", "compose.yaml", "compose.cluster.yaml"):
        if not (folder / name).exists():
            shutil.copy(ROOT / name, folder)
    client = folder / "bin" / "docker"
    client.parent.mkdir(exist_ok=True)
    client.write_text(f"#!/bin/sh\n{docker}\n")
    client.chmod(0o755)
    environment = {**os.environ, "PATH": f"{client.parent}{os.pathsep}{os.environ['PATH']}"}
    command = ["make", "--no-print-directory", "base-images"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_base_images_are_pinned_by_the_digest_that_the_registry_gives(tmp_path: Path) -> None:
    for digit in "ab":  # the second time there is a digest to be renewed
        run = _pinned(tmp_path, f"echo sha256:{digit * 64}")
        assert run.returncode == 0, run.stderr
    changed = (tmp_path / "Dockerfile").read_text() + (
        tmp_path / "compose.cluster.yaml"
    ).read_text()
    for image in (image.partition("@")[0] for image in _base_images()):
        assert re.findall(rf"{re.escape(image)}(\S*)", changed) == [f"@sha256:{'b' * 64}"]
    assert (tmp_path / "compose.yaml").read_text() == COMPOSE


def test_without_a_registry_no_file_is_touched_and_it_is_said(tmp_path: Path) -> None:
    for docker in ("exit 1", "echo nothing"):
        run = _pinned(tmp_path, docker)
        assert run.returncode == 2
        assert "a way to its registry are needed" in run.stderr
        assert (tmp_path / "Dockerfile").read_text() == DOCKERFILE


def test_what_lists_licences_and_packages_is_of_one_version() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for name in ("PIP_LICENSES", "CYCLONEDX_BOM"):
        assert re.search(rf"^{name} := \d+\.\d+\.\d+$", makefile, re.MULTILINE)
        assert f"==$({name})" in makefile
