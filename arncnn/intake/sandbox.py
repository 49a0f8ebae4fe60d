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
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from arncnn.intake import limits, protocol
from arncnn.intake.allowed import ALLOWED
from arncnn.intake.fork_server import Server, Worker
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan
from arncnn.intake.series import series_key

T = TypeVar("T")
Receive = Callable[[socket.socket], tuple[T, bool]]

BOOT = (
    "import socket, sys; sys.path[:] = sys.argv[1:]; "
    "from arncnn.intake import worker; worker.serve(socket.socket(fileno=0))"
)


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
        self._idle: list[Worker] = []
        self._server: Server | None = None

    def decode(self, chunks: Iterable[bytes | memoryview], size: int, frame: int | None) -> Scan:
        """A scan out of a file's bytes.

        Args:
            chunks: the bytes, ``size`` in all, as they come; hashed on the way.
            size: bytes stated beforehand.
            frame: from 0; None for the middle one.

        Raises:
            IntakeError: with a code of ``reasons``; or whatever ``chunks`` raises.
        """
        scan, digest = self._ask(chunks, size, {"frame": frame}, _receive_scan)
        return replace(scan, sha256=digest)

    def identify(self, chunks: Iterable[bytes | memoryview], size: int) -> dict[str, str]:
        """What a DICOM file's patient, study and image are called: ``allowed.IDENTITY``.

        Arguments and errors as of ``decode``.
        """
        request = {"frame": None, "is_identity": True}
        return self._ask(chunks, size, request, protocol.receive_identity)[0]

    def _ask(
        self,
        chunks: Iterable[bytes | memoryview],
        size: int,
        request: dict[str, Any],
        receive: Receive[T],
    ) -> tuple[T, str]:
        """A child's answer, and the SHA-256 of the bytes that it was given."""
        if size == 0:
            raise refuse("empty")
        if size > limits.MAX_FILE_BYTES:
            megabytes = -(-size // limits.MIB)
            raise refuse("too_large", size=megabytes, limit=limits.MAX_FILE_BYTES // limits.MIB)
        with self._places:
            worker = self._take()
            try:
                digest = _send(worker.connection, chunks, size, request)
                answer, last = receive(worker.connection)
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
            return answer, digest

    def start(self) -> None:
        """Starts the fork server without waiting for it, so that the first file need not either.

        Raises:
            IntakeError: "sandbox" where there is no fork.
        """
        with self._lock:
            self._server = self._server or Server(self._boot)

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

    def _take(self) -> Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_quiet():
                    return worker
                self._end(worker)
            for _ in range(2):  # a fork server that was killed from outside is replaced once
                try:
                    self._server = self._server or Server(self._boot)
                    return self._server.fork()
                except protocol.BrokenWireError:
                    if self._server:
                        self._server.close()
                    self._server = None
        raise refuse("sandbox")

    def _keep(self, worker: Worker, last: bool) -> None:
        """Back to the idle ones, unless it ends itself or has done its share."""
        worker.files += 1
        if last or worker.files >= limits.FILES_PER_CHILD:
            self._end(worker)
            return
        with self._lock:
            self._idle.append(worker)

    def _fault(self, worker: Worker) -> str:
        """Ends a child after a fault; the code of what its exit status shows."""
        self.faults += 1
        status = self._end(worker)
        killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        return "time" if killed_by in (signal.SIGPROF, signal.SIGXCPU) else "crash"

    def _end(self, worker: Worker) -> int:
        ended = worker.end()
        self.peak_kib = max(self.peak_kib, ended.peak_kib)
        self.cpu_s += ended.cpu_s
        return ended.status


def _send(
    connection: socket.socket,
    chunks: Iterable[bytes | memoryview],
    size: int,
    request: dict[str, Any],
) -> str:
    """Sends a file to a child; the SHA-256 of what was sent."""
    connection.settimeout(limits.wall_seconds(size))
    protocol.send(connection, {**request, "size": size, "key": series_key().hex()})
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
    return digest.hexdigest()


def _receive_scan(connection: socket.socket) -> tuple[Scan, bool]:
    return protocol.receive_scan(connection, ALLOWED)


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
