"""The fork server's parent end: children asked for, and told to end.

The server is a fresh interpreter with the decoders loaded and nothing else (see ``sandbox``).
"""

import os
import select
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from arncnn.intake import protocol
from arncnn.intake.refusals import refuse

_ROOT = str(Path(__file__).resolve().parents[2])
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
_START_SECONDS = 120.0  # importing the decoders takes half a second on an idle machine


@dataclass(frozen=True)
class Ended:
    """What ``os.wait4`` said of a child: exit status, peak memory, processor time."""

    status: int
    peak_kib: int
    cpu_s: float


class Server:
    """The fork server's parent end."""

    def __init__(self, boot: str) -> None:
        if not hasattr(os, "fork"):
            raise refuse("sandbox")
        ours, theirs = socket.socketpair()
        path = [_ROOT, *(entry for entry in sys.path if Path(entry).is_absolute())]
        kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", boot, *path],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=kept | _ONE_THREAD,
                cwd="/",
                start_new_session=True,  # Ctrl-C at a terminal is for the parent to handle
            )
        ours.settimeout(_START_SECONDS)
        self._control = ours
        self._lock = threading.Lock()

    def fork(self) -> "Worker":
        """A new child.

        Raises:
            BrokenWireError: the server is gone.
        """
        ours, theirs = socket.socketpair()
        try:
            with self._lock, theirs:
                socket.send_fds(self._control, [protocol.COMMAND.pack(b"F", 0)], [theirs.fileno()])
                return Worker(ours, self._reply()[0], self)
        except (OSError, protocol.BrokenWireError):
            ours.close()
            raise protocol.BrokenWireError from None

    def end(self, number: int) -> "Ended":
        """Ends a child; what became of it."""
        try:
            with self._lock:
                self._control.sendall(protocol.COMMAND.pack(b"E", number))
                return Ended(*self._reply())
        except OSError:
            raise protocol.BrokenWireError from None

    def _reply(self) -> tuple[int, int, float]:
        data = bytearray(protocol.REPLY.size)
        protocol.receive_into(self._control, memoryview(data))
        status, peak_kib, cpu_s = protocol.REPLY.unpack(data)
        return int(status), int(peak_kib), float(cpu_s)

    def close(self) -> None:
        """Ends the server and with it its children."""
        self._control.close()  # the server sees it, ends its children and then itself
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Worker:
    """A child's parent end."""

    def __init__(self, connection: socket.socket, number: int, server: Server) -> None:
        self.connection = connection
        self.files = 0
        self._number = number
        self._server = server

    def is_quiet(self) -> bool:
        """Whether it waits for work: a child that has ended or speaks unasked is not used."""
        poll = select.poll()  # select() fails in a process with over 1,024 open files
        poll.register(self.connection, select.POLLIN)
        return not poll.poll(0)

    def end(self) -> Ended:
        """Ends it; zeros when the fork server is gone."""
        self.connection.close()
        try:
            return self._server.end(self._number)
        except protocol.BrokenWireError:
            return Ended(0, 0, 0.0)
