"""Decodes files apart from this process, in warm children of a small fork server.

A file's bytes go in over a socket, a checked scan comes back; nothing is ever decoded
here. The fork server is a fresh interpreter with the decoders loaded and nothing else: no
TensorFlow, no script of the caller (which ``multiprocessing`` would import again), no
secrets of its environment, no output. A child that fails in any way is ended and
replaced; the next file gets a new one.
"""

import atexit
import hashlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from arncnn.intake import limits, protocol
from arncnn.intake.allowed import ALLOWED
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan
from arncnn.intake.series import series_key

BOOT = (
    "import socket, sys; sys.path[:] = sys.argv[1:]; "
    "from arncnn.intake import worker; worker.serve(socket.socket(fileno=0))"
)
_ROOT = str(Path(__file__).resolve().parents[2])
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
_START_SECONDS = 120.0  # importing the decoders takes half a second on an idle machine


@dataclass(frozen=True)
class _Ended:
    """What ``os.wait4`` said of a child: exit status, peak memory, processor time."""

    status: int
    peak_kib: int
    cpu_s: float


class _Server:
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

    def fork(self) -> "_Worker":
        ours, theirs = socket.socketpair()
        try:
            with self._lock, theirs:
                socket.send_fds(self._control, [protocol.COMMAND.pack(b"F", 0)], [theirs.fileno()])
                return _Worker(ours, self._reply()[0], self)
        except (OSError, protocol.BrokenWireError):
            ours.close()
            raise protocol.BrokenWireError from None

    def end(self, number: int) -> "_Ended":
        """Ends a child; what became of it."""
        try:
            with self._lock:
                self._control.sendall(protocol.COMMAND.pack(b"E", number))
                return _Ended(*self._reply())
        except OSError:
            raise protocol.BrokenWireError from None

    def _reply(self) -> tuple[int, int, float]:
        data = bytearray(protocol.REPLY.size)
        protocol.receive_into(self._control, memoryview(data))
        status, peak_kib, cpu_s = protocol.REPLY.unpack(data)
        return int(status), int(peak_kib), float(cpu_s)

    def close(self) -> None:
        self._control.close()  # the server sees it, ends its children and then itself
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Worker:
    """A child's parent end."""

    def __init__(self, connection: socket.socket, number: int, server: _Server) -> None:
        self.connection = connection
        self.files = 0
        self._number = number
        self._server = server

    def is_quiet(self) -> bool:
        """Whether it waits for work: a child that has ended or speaks unasked is not used."""
        poll = select.poll()  # select() fails in a process with over 1,024 open files
        poll.register(self.connection, select.POLLIN)
        return not poll.poll(0)

    def end(self) -> _Ended:
        """Ends it; zeros when the fork server is gone."""
        self.connection.close()
        try:
            return self._server.end(self._number)
        except protocol.BrokenWireError:
            return _Ended(0, 0, 0.0)


class Sandbox:
    """A small pool of warm children. Safe for use by many threads.

    Attributes:
        process_id: the process it belongs to; a fork of that process needs its own.
        faults: children ended for a fault so far.
        peak_kib: the most memory any ended child held, in KiB.
        cpu_s: processor seconds of all ended children.
    """

    def __init__(self, boot: str = BOOT) -> None:
        """Nothing is started yet.

        Args:
            boot: what the fork server runs; tests put decoders of their own in.
        """
        self.process_id = os.getpid()
        self.faults = 0
        self.peak_kib = 0
        self.cpu_s = 0.0
        self._boot = boot
        self._lock = threading.Lock()
        self._places = threading.Semaphore(limits.CHILDREN)
        self._idle: list[_Worker] = []
        self._server: _Server | None = None

    def decode(self, chunks: Iterable[bytes | memoryview], size: int, frame: int | None) -> Scan:
        """A scan out of a file's bytes.

        Args:
            chunks: the bytes, ``size`` in all, as they come; hashed on the way.
            size: bytes stated beforehand.
            frame: from 0; None for the middle one.

        Raises:
            IntakeError: with a code of ``reasons``; or whatever ``chunks`` raises.
        """
        if size == 0:
            raise refuse("empty")
        if size > limits.MAX_FILE_BYTES:
            megabytes = -(-size // limits.MIB)
            raise refuse("too_large", size=megabytes, limit=limits.MAX_FILE_BYTES // limits.MIB)
        with self._places:
            worker = self._take()
            try:
                scan, last = _ask(worker.connection, chunks, size, frame)
            except protocol.RefusedError as refused:
                self.faults += refused.last and refused.error.code in ("memory", "damaged")
                self._keep(worker, refused.last)
                raise refused.error from None
            except TimeoutError:
                self._fault(worker)
                raise refuse("time") from None
            except (protocol.BrokenWireError, OSError):
                raise refuse(self._fault(worker)) from None
            except BaseException:  # the bytes failed to come; the child waits for the rest
                self._end(worker)
                raise
            self._keep(worker, last)
            return scan

    def start(self) -> None:
        """Starts the fork server without waiting for it, so that the first file need not either.

        Raises:
            IntakeError: "sandbox" where there is no fork.
        """
        with self._lock:
            self._server = self._server or _Server(self._boot)

    def rest(self) -> None:
        """Ends the idle children; the next file gets a fresh one."""
        with self._lock:
            while self._idle:
                self._end(self._idle.pop())

    def close(self) -> None:
        """Ends all children and the fork server."""
        self.rest()
        with self._lock:
            server, self._server = self._server, None
        if server:
            server.close()

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_quiet():
                    return worker
                self._end(worker)
            for _ in range(2):  # a fork server that was killed from outside is replaced once
                try:
                    self._server = self._server or _Server(self._boot)
                    return self._server.fork()
                except protocol.BrokenWireError:
                    if self._server:
                        self._server.close()
                    self._server = None
        raise refuse("sandbox")

    def _keep(self, worker: _Worker, last: bool) -> None:
        """Back to the idle ones, unless it ends itself or has done its share."""
        worker.files += 1
        if last or worker.files >= limits.FILES_PER_CHILD:
            self._end(worker)
            return
        with self._lock:
            self._idle.append(worker)

    def _fault(self, worker: _Worker) -> str:
        """Ends a child after a fault; the code of what its exit status shows."""
        self.faults += 1
        status = self._end(worker)
        killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        return "time" if killed_by in (signal.SIGPROF, signal.SIGXCPU) else "crash"

    def _end(self, worker: _Worker) -> int:
        ended = worker.end()
        self.peak_kib = max(self.peak_kib, ended.peak_kib)
        self.cpu_s += ended.cpu_s
        return ended.status


def _ask(
    connection: socket.socket, chunks: Iterable[bytes | memoryview], size: int, frame: int | None
) -> tuple[Scan, bool]:
    """Sends a file to a child; its scan, and whether the child ends after it."""
    connection.settimeout(limits.wall_seconds(size))
    protocol.send(connection, {"size": size, "frame": frame, "key": series_key().hex()})
    digest = hashlib.sha256()
    sent = 0
    for chunk in chunks:
        sent += len(chunk)
        if sent > size:
            raise refuse("changed")
        digest.update(chunk)
        connection.sendall(chunk)
    if sent < size:
        raise refuse("changed")
    scan, last = protocol.receive_scan(connection, ALLOWED)
    return replace(scan, sha256=digest.hexdigest()), last


_shared: Sandbox | None = None
_shared_lock = threading.Lock()


def shared() -> Sandbox:
    """This process's sandbox; made on first use, ended with the process."""
    global _shared
    with _shared_lock:
        if _shared is None or _shared.process_id != os.getpid():
            _shared = Sandbox()
            atexit.register(_shared.close)
        return _shared
