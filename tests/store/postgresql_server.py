"""A throwaway PostgreSQL server on loopback, for tests and measures."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

_PATIENCE_S = 240


def program(name: str) -> str | None:
    """Where a program of PostgreSQL's server is, PATH or Debian's place; None without it."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(installed[-1]) if installed else None)
    return None if found is None else str(Path(found).resolve())


class Server:
    """A throwaway server on loopback that can be stopped and started again.

    Attributes:
        url: of its database.
    """

    def __init__(self, root: Path, encoding: str) -> None:
        initdb, postgres = program("initdb"), program("postgres")
        if initdb is None or postgres is None:
            raise RuntimeError("PostgreSQL's server is not on this machine")
        self._postgres = postgres
        self._root = root
        self._identity: dict[str, int] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid}
            os.chown(root, nobody.pw_uid, nobody.pw_gid)
            for folder in root.parents[:3]:  # of pytest's temporary folders
                folder.chmod(folder.stat().st_mode | 0o011)
        words = [initdb, "-D", str(root / "data"), "-U", "arncnn", "-A", "trust", "--no-sync"]
        words += ["-E", encoding, "--locale=C"]
        subprocess.run(words, check=True, capture_output=True, cwd=root, **self._identity)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"postgresql://arncnn@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Starts it, and comes back when it answers."""
        where = ("-D", str(self._root / "data"), "-h", "127.0.0.1", "-p", str(self._port))
        self._process = subprocess.Popen(
            [self._postgres, *where, "-k", "", "-F"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._root,
            **self._identity,
        )
        self._wait()

    def _wait(self) -> None:
        import psycopg

        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Without a word, a fast shutdown, open connections or not; SIGQUIT is a crash."""
        self._process.send_signal(how)
        self._process.wait(timeout=60)
