"""The protected side: the only place where a decoder meets a file.

``serve`` runs in a fresh interpreter that holds nothing but the decoders. It forks one
worker a request; a worker limits its own memory, processor time, file writing and core
dumps, lets go of all but its connection, shuts itself off from files, network and other
processes (``walls``), then decodes files until it is hung up on, has done its share, or
anything at all has gone wrong inside a decoder.
"""

import gc
import os
import resource
import signal
import socket
import sys
import warnings
from io import BytesIO
from pathlib import Path

from arncnn.errors import IntakeError
from arncnn.intake import (
    budget,
    dicom,
    gzip_file,
    identity,
    limits,
    nifti,
    protocol,
    raster,
    sniff,
    walls,
)
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan

_MOST_HANDLES = 4096
_LIFETIME_CPU = 600  # seconds for all files of one worker: a backstop


def serve(control: socket.socket) -> None:
    """Forks and ends workers as told, until the other end of ``control`` is closed.

    A worker is only reaped here, when the parent says so. So its id cannot pass to
    another process before that, and no other process is ever killed.
    """
    warnings.simplefilter("ignore")  # pydicom's quote header values
    workers: set[int] = set()
    gc.freeze()  # else every worker copies what its collector looks through
    while True:
        data, handles, _, _ = socket.recv_fds(control, protocol.COMMAND.size, 1)
        if len(data) < protocol.COMMAND.size:
            break
        order, worker = protocol.COMMAND.unpack(data)
        if order == b"F":
            connection = socket.socket(fileno=handles[0])
            worker = os.fork()
            if worker == 0:
                control.close()
                _work(connection)
            connection.close()
            workers.add(worker)
            control.sendall(protocol.REPLY.pack(worker, 0, 0.0))
        elif worker in workers:
            workers.discard(worker)
            control.sendall(protocol.REPLY.pack(*_end(worker)))
    for worker in workers:
        _end(worker)


def _end(worker: int) -> tuple[int, int, float]:
    os.kill(worker, signal.SIGKILL)  # does nothing to one that has ended: it is not reaped yet
    _, status, usage = os.wait4(worker, 0)
    return status, usage.ru_maxrss, usage.ru_utime + usage.ru_stime


def _work(connection: socket.socket) -> None:
    """A worker's life. Never returns."""
    try:
        memory = _confine(connection)
        for _ in range(limits.FILES_PER_CHILD):
            if not _answer(connection, memory):
                break
    except (protocol.BrokenWireError, OSError):
        pass  # the parent is gone or has given up on this file
    finally:
        os._exit(0)


def _confine(connection: socket.socket) -> budget.Memory:
    """Takes from this process what a decoder has no need of."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CPU, (_LIFETIME_CPU, _LIFETIME_CPU))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the picture
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # nothing is written
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # nothing is started
    os.environ.clear()
    os.closerange(3, connection.fileno())
    os.closerange(connection.fileno() + 1, _MOST_HANDLES)
    memory = budget.Memory()
    walls.shut(_libraries())
    return memory


def _libraries() -> list[Path]:
    """Where decoders may load from at their first use; never the folder of the project itself."""
    package = Path(__file__).resolve().parents[1]
    installed = (Path(entry).resolve() for entry in (*sys.path, sys.base_prefix))
    return [package, *(path for path in installed if path not in package.parents)]


def _answer(connection: socket.socket, memory: budget.Memory) -> bool:
    """Receives, decodes and answers one file; whether the worker may go on."""
    request = protocol.receive(connection)
    last = memory.renew()
    try:
        source = BytesIO(bytes(request["size"]))
    except MemoryError:
        protocol.discard(connection, request["size"])  # else the refusal reads as a crash
        protocol.send_refusal(connection, refuse("memory"), last=True)
        return False
    with source.getbuffer() as view:
        protocol.receive_into(connection, view)
    error: IntakeError | None = None
    budget.start(limits.cpu_seconds(request["size"]))
    try:
        if request.get("is_identity"):
            names = identity.collect(source)
        else:
            scan = decode(source, request["frame"], bytes.fromhex(request["key"]))
    except IntakeError as refused:
        error = refused
    except MemoryError:
        error, last = refuse("memory"), True
    except BaseException:  # noqa: BLE001 - a decoder may raise anything: one raises PanicException
        error, last = refuse("damaged"), True
    budget.stop()
    if error is not None:
        protocol.send_refusal(connection, error, last=last)
    elif request.get("is_identity"):
        protocol.send_identity(connection, names, last=last)
    else:
        protocol.send_scan(connection, scan, last=last)
    return not last


def decode(source: BytesIO, frame: int | None, key: bytes) -> Scan:
    """A file's bytes to a scan, by the kind that they show.

    Args:
        source: the whole file.
        frame: from 0; None for the middle one.
        key: secret for the keyed hash of the series' UID.

    Raises:
        IntakeError: with a code of ``reasons``. Anything else is a decoder's own failure.
    """
    kind = sniff.kind(_head(source))
    if kind == "gzip":
        source = gzip_file.unpack(source)
        kind = sniff.kind(_head(source))
        if kind in sniff.CONTAINERS or kind == "TAR":
            raise refuse("archive_nested")
    if kind in ("png", "jpeg", "tiff", "bmp"):
        return raster.decode(source, kind, frame)
    if kind == "dicom":
        return dicom.decode(source, frame, key)
    if kind == "nifti":
        return nifti.decode(source, frame)
    if kind == "zip":
        raise refuse("archive")
    if kind in ("empty", "unknown"):
        raise refuse("empty" if kind == "empty" else "unknown_kind")
    raise refuse("unsupported_kind", kind=kind)


def _head(source: BytesIO) -> bytes:
    source.seek(0)
    head = source.read(sniff.HEAD)
    source.seek(0)
    return head
