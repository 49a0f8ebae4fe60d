"""Accounts are whole or nobody is served; without any, nothing but loopback is opened."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from arncnn.errors import UsageError
from arncnn.intake import walls
from pages.ui import startup
from tests.pages.operate.acting import ACCOUNTS

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
pytestmark = pytest.mark.attack


def _without(name: str) -> str:
    return "\n".join(line for line in ACCOUNTS.splitlines() if not line.startswith(name))


BROKEN = {
    "empty": "",
    "no section": "[other]\nauth = 'none'\n",
    "mistyped section": ACCOUNTS.replace("[auth]", "[auht]"),
    "a word for a section": "auth = true\n",
    "an empty section": "[auth]\n",
    "cut off in a word": ACCOUNTS[:-20],
    "cut off in its head": "[aut",
    "a commented section": ACCOUNTS.replace("[auth]", "# [auth]"),
    "a number for a secret": ACCOUNTS.replace('"0123456789abcdef0123456789abcdef"', "1"),
    "an empty secret": ACCOUNTS.replace('"not checked"', '""'),
    **{f"no {name}": _without(name) for name in NEEDED},
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_is_not_whole_closes_the_dashboard(secrets_file: Path, text: str) -> None:
    secrets_file.write_text(ACCOUNTS)
    assert startup.accounts()
    secrets_file.write_text(text)
    with pytest.raises(UsageError, match=r"nobody is served: .*secrets.toml"):
        startup.accounts()


def test_every_cut_of_the_file_closes_the_dashboard(secrets_file: Path) -> None:
    for length in range(len(ACCOUNTS.rstrip())):
        secrets_file.write_text(ACCOUNTS[:length])
        with pytest.raises(UsageError, match="nobody is served"):
            startup.accounts()


def test_a_file_that_cannot_be_read_closes_the_dashboard(secrets_file: Path) -> None:
    secrets_file.write_bytes(b"[auth]\nclient_id = '\xff'\n")
    with pytest.raises(UsageError, match="cannot be read"):
        startup.accounts()
    secrets_file.unlink()
    secrets_file.symlink_to("gone")  # a secret that was mounted and is not there
    with pytest.raises(UsageError, match="cannot be read"):
        startup.accounts()
    secrets_file.unlink()
    secrets_file.mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        startup.accounts()


def test_without_a_file_there_are_no_accounts() -> None:
    assert not startup.accounts()


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "::1", "0:0:0:0:0:0:0:1"])
def test_this_machine_is_loopback(address: str) -> None:
    assert startup.is_loopback(address)


OTHERS = ["0.0.0.0", "::", "192.0.2.1", "127.example.org", "127.0.0.1.example.org", "127.0.0.3"]
OTHERS += ["localhost.example.org", "LOCALHOST ", "127.1", "2130706433", "unix:///tmp/x", "", None]


@pytest.mark.parametrize("address", OTHERS)
def test_nothing_else_is_loopback(address: str | None) -> None:
    assert not startup.is_loopback(address)


def _start(
    folder: Path, *options: str, environment: Mapping[str, str] | None = None, by: str = "pages.ui"
) -> subprocess.CompletedProcess[str]:
    """Starts the dashboard as somebody whose own secrets and home lie in ``folder``."""
    variables = {**os.environ, "HOME": str(folder), "ARNCNN_HOME": str(folder / "home")}
    return subprocess.run(
        [sys.executable, "-m", by, *options],
        cwd=ROOT,
        env={**variables, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        (["--server.address", "0.0.0.0"], {}),
        (["--server.address=192.0.2.1"], {}),
        (["--server.address", "127.0.0.3"], {}),
        ([], {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}),
    ],
    ids=["all addresses", "one word", "another loopback", "by the environment"],
)
def test_it_refuses_the_network_without_accounts_however_it_is_started(
    tmp_path: Path, options: list[str], environment: dict[str, str]
) -> None:
    refused = _start(tmp_path, *options, environment=environment)
    assert refused.returncode == 2
    assert "no accounts are configured" in refused.stderr and "[auth] section" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_it_does_not_start_with_accounts_that_are_not_whole(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("[auth]\nclient_id = 'x'\n")
    refused = _start(tmp_path)
    assert refused.returncode == 2
    assert "nobody is served" in refused.stderr and "Traceback" not in refused.stderr


def test_a_wall_that_the_kernel_lacks_is_said_once_at_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(walls, "_has_seccomp", lambda: False)
    (said,) = walls.missing()
    startup.prepare(["--server.address", "localhost"])
    assert capsys.readouterr().err.count(said) == 1
    monkeypatch.setattr(walls, "missing", tuple)
    startup.prepare(["--server.address", "localhost"])
    assert capsys.readouterr().err == ""


@pytest.mark.attack
def test_streamlit_itself_opens_nothing_to_the_network_without_accounts(home: Path) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    run = subprocess.run(
        [*command, "--server.address", "127.0.0.3", "--server.port", "0"],
        cwd=Path(startup.APP).parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 2
    assert "would open the dashboard to the network" in run.stderr
    assert "Traceback" not in run.stderr
