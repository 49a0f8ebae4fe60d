"""``make run``: what it starts, and that it opens nothing to the network without accounts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The Makefile in a folder whose packages are installed and whose Python says what it runs."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "started: $*"\n')
    python.chmod(0o755)
    for name in ("requirements.lock", ".venv/.made", ".venv/.ready"):  # in this order of age
        (tmp_path / name).touch()
    return tmp_path


def _run(house: Path, *asked: str) -> subprocess.CompletedProcess[str]:
    outer = {"HOST", "PORT", "VENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}  # of a `make test`
    clean = {name: value for name, value in os.environ.items() if name not in outer}
    clean["HOME"] = str(house)  # its user's own secrets
    command = ["make", "--no-print-directory", "run", *asked]
    return subprocess.run(command, cwd=house, env=clean, capture_output=True, text=True, timeout=60)


def _configure_accounts(house: Path, text: str) -> None:
    (house / ".streamlit").mkdir()
    (house / ".streamlit" / "secrets.toml").write_text(text)


def test_it_listens_on_this_machine_only(house: Path) -> None:
    run = _run(house)
    assert "started: -m pages.ui --server.address localhost --server.port 8501" in run.stdout
    assert run.returncode == 0


@pytest.mark.attack
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "127.example.org", "127.0.0.3"])
def test_it_refuses_the_network_without_accounts_and_says_what_to_do(
    house: Path, host: str
) -> None:
    run = _run(house, f"HOST={host}")
    assert run.returncode != 0
    assert "started" not in run.stdout
    assert "no accounts are configured" in run.stderr and "[auth] section" in run.stderr


@pytest.mark.attack
@pytest.mark.parametrize("text", ["", "[other]\nauth = 'none'\n", "[auth\n", "[auth]\n"])
def test_it_refuses_the_network_with_accounts_that_are_not_whole(house: Path, text: str) -> None:
    _configure_accounts(house, text)
    python = house / ".venv" / "bin" / "python"  # the real one, that reads the file
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" "$@"\n')
    run = _run(house, "HOST=0.0.0.0")
    assert run.returncode != 0
    assert "nobody is served" in run.stderr and "Traceback" not in run.stderr


def test_it_refuses_before_it_installs_anything(house: Path) -> None:
    (house / ".venv" / ".ready").unlink()
    run = _run(house, "HOST=0.0.0.0")
    assert run.returncode != 0
    assert "Installing" not in run.stderr


def test_a_renewed_lock_is_installed_before_anything_starts(house: Path) -> None:
    os.utime(house / "requirements.lock", (2**31, 2**31))  # later than its stamp
    run = _run(house)
    assert "started: -m pip install --quiet --require-hashes -r requirements.lock" in run.stdout
    assert run.stdout.index("-m pip install") < run.stdout.index("-m pages.ui")


def test_it_opens_to_the_network_with_accounts(house: Path) -> None:
    _configure_accounts(house, "[auth]\nredirect_uri = 'https://example.org/oauth2callback'\n")
    run = _run(house, "HOST=0.0.0.0", "PORT=80")
    assert "--server.address 0.0.0.0 --server.port 80" in run.stdout
