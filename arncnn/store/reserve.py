"""Room for deleting on a full disk: a file beside SQLite's that is given up when it is needed.

SQLite writes what it will change into a journal first, so that even a deletion needs space.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from arncnn.store.database import Database, DiskFullError

T = TypeVar("T")

SIZE = 2 * 2**20  # bytes: journal and audit of deleting some dozens of cases
_PRIVATE = 0o600


def file_of(engine: Engine) -> Path | None:
    """The reserve of a database; None where it is a server's."""
    name = engine.url.database
    if engine.dialect.name != "sqlite" or name is None:
        return None
    return Path(name).with_name(f".{Path(name).name}.reserve")


def keep(database: Database) -> None:
    """Make sure of the reserve; on a disk that is full, later."""
    file = file_of(database.engine)
    if file is None or file.exists():
        return
    with suppress(OSError):
        handle = os.open(file, os.O_CREAT | os.O_RDWR, _PRIVATE)
        try:
            os.posix_fallocate(handle, 0, SIZE)
        except OSError:
            file.unlink(missing_ok=True)
        finally:
            os.close(handle)


def deleting(database: Database, work: Callable[[Session], T]) -> T:
    """A writing transaction that deletes; when the disk is full, again with the reserve.

    Raises:
        StoreError: it failed, and nothing was deleted.
    """
    try:
        with database.writing() as session:
            return work(session)
    except DiskFullError:
        file = file_of(database.engine)
        if file is None or not file.exists():
            raise
        file.unlink(missing_ok=True)
    with database.writing() as session:
        return work(session)
