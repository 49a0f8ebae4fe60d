"""A dashboard of its own on a free port, for journeys and for pictures."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pages.ui import door

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

ROOT = Path(__file__).resolve().parent.parent.parent
START_S, END_S = 120, 60  # a busy machine imports slowly
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


TOKEN = "of-the-tests"  # of every dashboard that is started here


def visitor(browser: "Browser", **options: Any) -> "BrowserContext":
    """A browser of a visitor who opened the address with the token."""
    context = browser.new_context(**options)
    name, value = door.cookie(TOKEN)
    context.add_cookies([{"name": name, "value": value, "domain": "localhost", "path": "/"}])
    return context


@dataclass(frozen=True)
class Started:
    """A dashboard's process: its address, its number, and when it was started (monotonic)."""

    address: str
    pid: int
    started_at: float


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a dashboard with the bundled model and a home below ``folder``.

    Raises:
        RuntimeError: it did not start.
    """
    with started(folder) as dashboard:
        yield dashboard.address


@contextmanager
def started(
    folder: Path,
    environment: Mapping[str, str] | None = None,
    secrets: Callable[[int], str] | None = None,
    port: int | None = None,
) -> Iterator[Started]:
    """The same with its process, for measuring.

    Args:
        folder: for the home and the log.
        environment: variables to add, e.g. ``ARNCNN_MODEL``.
        secrets: the text of a ``secrets.toml`` for the port.
        port: where one was that is started again; None takes a free one.

    Raises:
        RuntimeError: it did not start.
    """
    port = port or free_port()
    variables = {**os.environ, "ARNCNN_HOME": str(folder / "home")}
    variables.pop("ARNCNN_MODEL", None)
    variables |= {"ARNCNN_TOKEN": TOKEN, **(environment or {})}
    if secrets is not None:  # Streamlit reads the user's own secrets beside the project's
        user = folder / "user"
        (user / ".streamlit").mkdir(parents=True, exist_ok=True)
        (user / ".streamlit" / "secrets.toml").write_text(secrets(port), encoding="utf-8")
        variables["HOME"] = str(user)
    command = [sys.executable, "-m", "pages.ui", "--server.port", str(port)]
    began = time.monotonic()
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log)
    try:
        _wait_for(f"http://localhost:{port}/_stcore/health", process)
        yield Started(f"http://localhost:{port}", process.pid, began)
    finally:
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()  # nothing stays behind, and the test says that it did not end
            raise


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the dashboard did not start")
