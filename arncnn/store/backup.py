"""Backup and restore: one TAR of rows as JSON lines and of every kept file.

It holds no database's own format, so a backup of SQLite restores into PostgreSQL and back. It
is made under the write lock, hence of one moment, and a restored store must verify before it
counts. A backup holds everything the store holds: keep it as safe as the store.
"""

import hashlib
import io
import itertools
import json
import os
import re
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from arncnn.errors import StoreError
from arncnn.files import make_private, write_durably, writing_new
from arncnn.store import audit, identity, migrations, outside_anchor
from arncnn.store.database import Database
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import canonical
from arncnn.store.tables import AnchorRow, AuditRow, Base
from arncnn.store.verify import Check, Verification

_FORMAT = "arncnn-store-1"
_MANIFEST = "manifest.json"
_MEMBER = re.compile(
    r"tables/[a-z_]{1,40}\.jsonl"
    r"|cases/[0-9a-f]{2}/[0-9a-f]{64}"
    r"|models/[0-9a-f]{64}/[A-Za-z0-9_][A-Za-z0-9_.]{0,60}"
)
_DAMAGED = (  # what reading a file raises that was made by nobody, or in bad faith
    *(tarfile.TarError, SQLAlchemyError, StoreError, OSError, EOFError, ArithmeticError),
    *(AttributeError, LookupError, TypeError, ValueError, RecursionError, MemoryError),
)
_BATCH = 500
_PRIVATE = 0o600


@requires("store.backup")
def backup(store: Database, actor: Actor, file: Path) -> dict[str, int]:
    """Write all of a store into one file, whole or not at all.

    Args:
        store: what to back up; others can read it meanwhile, writers wait.
        file: must not exist yet.

    Returns:
        Rows by table, and the number of files under "files".

    Raises:
        StoreError: the file exists or cannot be written, or a kept file is altered.
    """
    if file.exists():
        raise StoreError("The backup file already exists; choose a new name.")
    try:
        with writing_new(file) as stream, store.writing() as session:
            audit.record(session, actor, "store.backup", "store")
            return _write(stream, session, store.folder)
    except OSError as error:
        raise StoreError(f"The backup could not be written ({error.strerror}).") from error


@requires("store.restore")
def restore(store: Database, actor: Actor, file: Path) -> Verification:
    """Fill an empty store from a backup; it is kept only if all of it verifies.

    The store becomes the one that was backed up: its folder and database take over the id. Kept
    files may lie in the folder already when they are that store's.

    Args:
        store: freshly opened, with nothing in its database.
        file: made by ``backup``.

    Returns:
        The check of the restored store.

    Raises:
        StoreError: the store is not empty, or the backup is damaged or of another store than
            the kept files; the store stays empty.
    """
    written: list[Path] = []
    before = identity.of_folder(store.folder)
    try:
        with tarfile.open(file, mode="r:") as archive, store.writing() as session:
            sums = _checked(archive)
            if session.scalar(select(AuditRow.number).limit(1)) is not None:
                raise StoreError(
                    "A backup can only be restored into an empty store. Set ARNCNN_HOME to "
                    "a new folder (and ARNCNN_DATABASE, if set, to a new database)."
                )
            _take_over_identity(store, session, archive, before)
            for table in Base.metadata.sorted_tables:
                _fill(session, table, _member(archive, f"tables/{table.name}.jsonl"))
            for name in (n for n in sums if not n.startswith("tables/")):
                _write_file(store.folder / name, _member(archive, name).read(), written)
            audit.record(session, actor, "store.restore", "store")  # it tells of the schema here
            check = Check(session, is_restored=True)
            check.kept_files(store)
            found = check.result()
            if not found.is_intact:
                raise StoreError(f"The backup does not verify: {found.problems[0]}")
    except _DAMAGED as error:
        for path in written:
            path.unlink(missing_ok=True)
            with suppress(OSError):  # others' files lie in it
                path.parent.rmdir()
        identity.write(store.folder, before)
        if isinstance(error, StoreError):
            raise
        raise StoreError(
            "The backup is damaged or cannot be read; nothing was restored."
        ) from error
    outside_anchor.note(store, is_restored=True)
    return found


def _take_over_identity(
    store: Database, session: Session, archive: tarfile.TarFile, noted: str | None
) -> None:
    anchors = map(json.loads, _member(archive, f"tables/{AnchorRow.__tablename__}.jsonl"))
    (backed_up,) = (row["hash"] for row in anchors if row["name"] == identity.ANCHOR)
    if noted != backed_up and identity.kept_files(store):
        raise StoreError(
            "ARNCNN_HOME holds files of another store. Use an empty folder, or the one "
            "that belongs to this backup."
        )
    if not identity.is_valid(backed_up):
        raise ValueError(identity.ANCHOR)
    identity.write(store.folder, backed_up)  # before its files: a kill leaves what can go on
    session.execute(delete(AnchorRow).where(AnchorRow.name == identity.ANCHOR))


def _write(stream: IO[bytes], session: Session, folder: Path) -> dict[str, int]:
    sums: dict[str, str] = {}
    counts = {"files": 0}
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for table in Base.metadata.sorted_tables:
            with tempfile.TemporaryFile() as rows:
                counts[table.name] = _dump(session, table, rows)
                _add(archive, f"tables/{table.name}.jsonl", rows, sums)
        for path in sorted((*folder.glob("cases/??/*"), *folder.glob("models/*/*"))):
            name = path.relative_to(folder).as_posix()
            if _MEMBER.fullmatch(name):  # what a crash left half-written has another name
                counts["files"] += 1
                with path.open("rb") as file:
                    _add(archive, name, file, sums)
        manifest = canonical({"format": _FORMAT, "revision": migrations.HEAD, "sums": sums})
        _add(archive, _MANIFEST, io.BytesIO(manifest.encode()), {})
    stream.flush()
    return counts


def _dump(session: Session, table: Table, rows: IO[bytes]) -> int:
    query = select(table).order_by(*table.primary_key.columns)
    if table is AnchorRow.__table__:  # each database has a schema of its own
        query = query.where(AnchorRow.name != migrations.SCHEMA_ANCHOR)
    count = 0
    for row in session.execute(query.execution_options(yield_per=_BATCH)).mappings():
        rows.write(canonical(dict(row)).encode() + b"\n")
        count += 1
    return count


def _add(archive: tarfile.TarFile, name: str, data: Any, sums: dict[str, str]) -> None:
    data.seek(0)
    sums[name] = hashlib.file_digest(data, "sha256").hexdigest()
    member = tarfile.TarInfo(name)
    member.size, member.mode = data.seek(0, os.SEEK_END), _PRIVATE
    data.seek(0)
    archive.addfile(member, data)


def _checked(archive: tarfile.TarFile) -> dict[str, str]:
    """The sums by name, every member's bytes proven and every name harmless."""
    manifest = json.load(_member(archive, _MANIFEST))
    if manifest["format"] != _FORMAT or manifest["revision"] != migrations.HEAD:
        raise StoreError(
            "This backup was made by another version of the program; restore it with that version."
        )
    sums = dict(manifest["sums"])
    if not sums.keys() >= {f"tables/{table}.jsonl" for table in Base.metadata.tables}:
        raise ValueError(_MANIFEST)
    for name, expected in sums.items():
        if not _MEMBER.fullmatch(name):
            raise ValueError(name)
        if hashlib.file_digest(_member(archive, name), "sha256").hexdigest() != expected:
            raise ValueError(name)
    return sums


def _member(archive: tarfile.TarFile, name: str) -> Any:
    data = archive.extractfile(name)  # KeyError when missing; never written by its own name
    if data is None:
        raise ValueError(name)
    return data


def _fill(session: Session, table: Table, rows: IO[bytes]) -> None:
    while batch := [json.loads(line) for line in itertools.islice(rows, _BATCH)]:
        session.execute(insert(table), batch)


def _write_file(path: Path, data: bytes, written: list[Path]) -> None:
    make_private(path.parent)
    if not path.exists():
        written.append(path)
    write_durably(path, data)
