"""Bytes of a single file on disk, opened with care and read in chunks."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from arncnn.intake import limits
from arncnn.intake.delivery import reason_of
from arncnn.intake.refusals import refuse


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """A regular file, open for reading, and its size. Never waits for a pipe's writer.

    Raises:
        IntakeError: "missing", "unreadable", "undelivered" or "not_a_file".
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise reason_of(error) from None
    except ValueError:  # a NUL in the name
        raise refuse("unreadable") from None
    with os.fdopen(handle, "rb") as file:
        try:
            status = os.fstat(handle)
        except OSError as error:
            raise reason_of(error) from None
        if not stat.S_ISREG(status.st_mode):
            raise refuse("not_a_file")
        yield file, status.st_size


def chunks(file: BinaryIO, most: int | None = None) -> Iterator[bytes]:
    """The rest of a file, ``limits.CHUNK`` bytes at a time.

    Args:
        file: open for reading.
        most: bytes to ask for in all; None for the whole rest.

    Raises:
        IntakeError: "undelivered" when the disk or the network fails.
    """
    left = sys.maxsize if most is None else most
    while left > 0:
        try:
            chunk = file.read(min(limits.CHUNK, left))
        except OSError as error:
            raise reason_of(error) from None
        if not chunk:
            return
        left -= len(chunk)
        yield chunk
