"""The database behind the store: SQLite in a file by default, PostgreSQL by URL.

SQLite runs with a rollback journal and full synchronisation: an acknowledged write survives a
kill and a power cut. Every writing transaction takes the write lock at its start (BEGIN
IMMEDIATE; an advisory lock on PostgreSQL), so there is one writer at a time and a read inside
a writing transaction is never out of date.
"""

import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Select,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
    tuple_,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.orm import Session

from arncnn.errors import StoreError
from arncnn.files import make_private
from arncnn.store.blobs import Blobs

T = TypeVar("T")
Q = TypeVarTuple("Q")

_BUSY_S = 30.0
_KEPT = 8  # connections to SQLite that stay open: each is prepared once, not for every question
_FILE, _IS_NEW = "file", "is_new"
_WRITE_LOCK = 0x41524E  # "ARN": the one key of the advisory lock
_READING = "arncnn_reading"
_PRIVATE = 0o600
_NO_ROOM = ("full", "disk i/o")  # a journal that finds no room is the latter at times
_SECURE = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA journal_mode=TRUNCATE",  # a commit is on the disk once this is; an unlinking may not be
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten, not only unlinked
    "PRAGMA cell_size_check=ON",
    "PRAGMA trusted_schema=OFF",
)


def connect(url: str) -> Engine:
    """An engine for a SQLAlchemy URL, set up so that acknowledged writes last.

    Raises:
        StoreError: the URL is not SQLite in a file or PostgreSQL, or its driver is missing.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("ARNCNN_DATABASE is not a database URL; see the README.") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed)
    if backend in ("postgresql", "postgres"):
        return _postgresql(parsed)
    raise StoreError("The store works with sqlite:/// and postgresql:// addresses only.")


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError(
            "A store in memory would be lost; specify a file: sqlite:////path/to/file."
        )
    path = Path(url.database)
    try:
        make_private(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, _PRIVATE))
    except OSError as error:
        raise StoreError(
            f"The store's file cannot be opened for writing ({error.strerror}). Check the "
            "folder that ARNCNN_HOME points to."
        ) from error
    engine = create_engine(
        url,
        pool_size=_KEPT,
        max_overflow=-1,  # nobody waits for a connection; the file's own lock orders them
        hide_parameters=True,
        connect_args={"timeout": _BUSY_S},
    )

    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in _SECURE:
            connection.execute(pragma)
        record.info[_FILE], record.info[_IS_NEW] = (_identity(path), os.getpid()), True

    def require_same_file(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info.pop(_IS_NEW, False):
            return  # some file systems give a file another number every time
        if record.info[_FILE] != (_identity(path), os.getpid()):
            raise DisconnectionError  # the pool opens the file anew

    event.listen(engine, "connect", prepare)
    event.listen(engine, "checkout", require_same_file)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path: it may be restored, moved or deleted while this one is open."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"client_encoding": "utf8"},  # else a SQL_ASCII database answers in bytes
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            "PostgreSQL needs its driver: pip install -r requirements-postgresql.txt."
        ) from error


def lock_for_writing(connection: Connection) -> None:
    """Be the only writer until the transaction ends (SQLite is so from its BEGIN IMMEDIATE)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITE_LOCK})


class DiskFullError(StoreError):
    """There was no room for the database's journal or for what was to be stored."""


class Database:
    """One open database and the folder of kept pixels and models beside it.

    Attributes:
        engine: the SQLAlchemy engine.
        folder: where kept pixels (``cases/``) and models (``models/``) lie.
        blobs: the files in ``cases/``.
        quarantine: files that no row named, kept for a week in ``quarantine/``.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.blobs = Blobs(folder / "cases")
        self.quarantine = Blobs(folder / "quarantine")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that may write; it commits when the block ends without an error.

        Raises:
            StoreError: the database is locked, full, damaged or away; nothing was written.
        """
        with explained(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            lock_for_writing(session.connection())
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one moment of the store and writes nothing.

        Raises:
            StoreError: the database is locked, damaged or away.
        """
        options: dict[str, Any] = {_READING: True}
        if self.engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with explained(), Session(self.engine.execution_options(**options)) as session:
            yield session

    def all(self, query: Select[T]) -> Sequence[T]:
        """What a query finds, in a reading transaction of its own."""
        with self.reading() as session:
            return session.scalars(query).all()

    def page(
        self, query: Select[T], *order: Any, offset: int, limit: int
    ) -> tuple[Sequence[T], int]:
        """A slice of what a query finds, and how much it finds in all, at one moment."""
        part = query.order_by(*order).offset(max(0, offset)).limit(max(0, limit))
        with self.reading() as session:
            return session.scalars(part).all(), count(session, query)

    def each(self, query: Select[T], *key: Any, batch: int) -> Iterator[T]:
        """All that a query finds by a unique key, in batches: no transaction stays open."""
        query = query.order_by(*key).limit(batch)
        rows = self.all(query)
        while rows:
            yield from rows
            last = tuple_(*(getattr(rows[-1], column.key) for column in key))
            rows = self.all(query.where(tuple_(*key) > last)) if len(rows) == batch else ()

    def refused(self, name: str, action: str, sentence: str) -> None:
        """Note that somebody was refused an action; a store keeps it in its audit."""

    def close(self) -> None:
        """Let go of all connections; what comes next opens the file anew."""
        self.engine.dispose()


class Service:
    """What can be done with one kind of record; the services of a ``Store`` share its database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def refused(self, name: str, action: str, sentence: str) -> None:
        """Note that somebody was refused an action."""
        self._database.refused(name, action, sentence)


def fitting(
    query: Select[*Q], where: Any, table: type[Any], at: Any, *, but: Collection[str] = ()
) -> Select[*Q]:
    """The query for the rows that fit a filter; a field that is None does not filter.

    Args:
        query: what to look for.
        where: a dataclass; ``since`` and ``until`` bound a time, every other field must be
            equal to the column of its name.
        table: the columns.
        at: the column of the time.
        but: the fields that the caller sees to.
    """
    for name, value in vars(where).items():
        if value is None or name in but:
            continue
        if name == "since":
            query = query.where(at >= value)
        elif name == "until":
            query = query.where(at <= value)
        else:
            query = query.where(getattr(table, name) == value)
    return query


def count(session: Session, query: Select[*Q]) -> int:
    """How many rows a query finds."""
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a database driver raises into a sentence."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:  # the latter before SQLAlchemy is in charge
        reason = str(getattr(error, "orig", error)).lower()
        kind = DiskFullError if any(sign in reason for sign in _NO_ROOM) else StoreError
        raise kind(_sentence(reason)) from error
    except UnicodeDecodeError as error:  # a text that nobody can have written
        raise StoreError(_sentence("malformed")) from error


def _sentence(reason: str) -> str:
    for sign, sentence in (
        ("locked", "The store is busy: another program held it for too long. Please try again."),
        ("full", "The disk is full: free some space and try again; nothing was stored."),
        (
            "readonly",
            "The store cannot be written: check the permissions of the ARNCNN_HOME folder.",
        ),
        ("malformed", "The store's file is damaged. Restore a backup; do not continue with it."),
        (
            "not a database",
            "The store's file is damaged. Restore a backup; do not continue with it.",
        ),
        ("disk i/o", "The disk reported an error; nothing was stored. Check the disk."),
        ("connection", "The database server does not answer. Check that it runs and try again."),
    ):
        if sign in reason:
            return sentence
    return "The store refused the operation; nothing was stored. Run 'store verify' to check it."
