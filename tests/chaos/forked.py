"""Dashboards that start in a moment: forks of a process that has imported all they need.

``python -m tests.chaos.forked`` forks one for every line of JSON on its standard input
(``port``, ``home``, ``log``) and answers with its process id. A fork is the real dashboard,
``python -m pages.ui``, less the seconds that importing TensorFlow takes.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_START_S = 120  # a busy machine is slow


class Forked:
    """One dashboard.

    Attributes:
        address: where it is served.
        pid: its process.
    """

    def __init__(self, port: int, pid: int) -> None:
        self.address = f"http://localhost:{port}"
        self.pid = pid

    def wait_until_served(self) -> None:
        """Waits until it answers.

        Raises:
            RuntimeError: it did not start.
        """
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self.is_there():
            with suppress(OSError), urllib.request.urlopen(f"{self.address}/_stcore/health"):
                return
            time.sleep(0.1)
        raise RuntimeError("the dashboard did not start")

    def is_there(self) -> bool:
        """Whether its process has not ended; the template reaps it at once."""
        return Path(f"/proc/{self.pid}").exists()

    def kill(self) -> None:
        """SIGKILL; returns when the process is gone."""
        os.kill(self.pid, signal.SIGKILL)
        while self.is_there():
            time.sleep(0.01)


class Template:
    """The process that dashboards are forked from."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def fork(self, home: Path, log: Path) -> Forked:
        """A dashboard of that home, on its way to being served."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        asked = json.dumps({"port": port, "home": str(home), "log": str(log)})
        self._process.stdin.write(asked + "\n")
        self._process.stdin.flush()
        return Forked(port, int(self._process.stdout.readline()))


@contextmanager
def template() -> Iterator[Template]:
    """The template process, ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.forked"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        text=True,
    )
    try:
        yield Template(process)
    finally:
        process.kill()
        process.wait()


def _serve(port: int, home: str, log: str) -> None:
    """Be the dashboard. Never returns."""
    from pages.ui.__main__ import APP
    from pages.ui.__main__ import main as start
    from tests.browser.dashboard import TOKEN

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ |= {"ARNCNN_HOME": home, "ARNCNN_TOKEN": TOKEN}
    os.environ.pop("ARNCNN_MODEL", None)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.argv = ["streamlit", "run", str(APP), "--server.port", str(port)]
    sys.argv += ["--server.websocketPingInterval", str(_START_S)]  # a busy machine is no lost peer
    try:
        start()
    finally:
        os._exit(1)


def main() -> int:
    """Be the template."""
    import pandas  # noqa: F401 - what follows is imported for the forks
    import pyarrow  # noqa: F401
    import streamlit.web.cli  # noqa: F401

    import arncnn.inference.reader
    import arncnn.store  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # forks that end are reaped by the system
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _serve(**asked)
        print(pid, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
