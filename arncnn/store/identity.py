"""Which database belongs to which folder: both carry one store id, and are opened together only.

The folder's copy is the file ``store.id``, the database's a row of ``anchors``. Without this, a
wrong or empty database would take every kept picture for one that no case names.
"""

import re
import secrets
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from arncnn.errors import StoreError
from arncnn.files import make_private, write_durably
from arncnn.store import audit
from arncnn.store.database import Database
from arncnn.store.tables import AnchorRow, CaseRow, ModelRow

FILE = "store.id"
ANCHOR = "store"
_FOREIGN = (
    "The database and the stored files in ARNCNN_HOME belong to two different stores, so "
    "nothing was read or changed. Correct ARNCNN_HOME or ARNCNN_DATABASE."
)
_EMPTY = (
    "The database is empty, but ARNCNN_HOME holds stored images or models; nothing was "
    "changed. Specify their database with ARNCNN_DATABASE, or restore a backup into this "
    "one."
)


def settle(store: Database, *, is_restoring: bool = False) -> None:
    """Pass when database and folder belong together; new and older stores get their id here.

    Args:
        store: freshly opened.
        is_restoring: an empty database passes as it is, for a backup brings its id.

    Raises:
        StoreError: they belong to two stores, or one of them cannot be read or written.
    """
    with store.reading() as session:
        known, is_empty = of_database(session), audit.end(session)[0] == 0
    if (is_restoring and is_empty) or (known and known == of_folder(store.folder)):
        return
    with store.writing() as session:  # another process may have been faster
        known, noted = of_database(session), of_folder(store.folder)
        if known is not None and known == noted:
            return
        kept, named = kept_files(store), named_files(session)
        if kept and audit.end(session)[0] == 0:
            raise StoreError(_EMPTY)
        if not kept and not named:  # nothing can be mistaken: the database's id, or a new one
            noted = None
        elif known is not None or len(kept & named) < max(len(kept), len(named)) / 2:
            raise StoreError(_FOREIGN)
        agreed = known or noted or secrets.token_hex(32)
        write(store.folder, agreed)  # first, so that a crash leaves an id that can be taken on
        if known is None:
            session.add(AnchorRow(name=ANCHOR, entries=0, hash=agreed))


def require(store: Database, session: Session) -> None:
    """Pass when database and folder still carry the same id.

    Raises:
        StoreError: they do not.
    """
    known = of_database(session)
    if known is None or known != of_folder(store.folder):
        raise StoreError(_FOREIGN)


def of_database(session: Session) -> str | None:
    """The id that a database carries; None before its first opening."""
    return session.scalar(select(AnchorRow.hash).where(AnchorRow.name == ANCHOR))


def of_folder(folder: Path) -> str | None:
    """The id that a folder carries; None where there is none yet.

    Raises:
        StoreError: the file cannot be read or holds no id.
    """
    try:
        text = (folder / FILE).read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"The file {FILE} in ARNCNN_HOME cannot be read.") from error
    if not is_valid(text):
        raise StoreError(f"The file {FILE} in ARNCNN_HOME is damaged; restore it from a copy.")
    return text


def is_valid(text: object) -> bool:
    """Whether something has the form of a store's id."""
    return isinstance(text, str) and re.fullmatch(r"[0-9a-f]{64}", text) is not None


def write(folder: Path, identity: str | None) -> None:
    """Give a folder its id, durably; None takes it away.

    Raises:
        StoreError: the folder cannot be written.
    """
    try:
        if identity is None:
            (folder / FILE).unlink(missing_ok=True)
        else:
            make_private(folder)
            write_durably(folder / FILE, f"{identity}\n".encode())
    except OSError as error:
        raise StoreError(
            f"The folder ARNCNN_HOME cannot be written ({error.strerror}). Check its permissions."
        ) from error


def kept_files(store: Database) -> set[str]:
    """The SHA-256 of every picture, thumbnail and model in the folder."""
    return {*store.blobs.names(), *kept_models(store)}


def kept_models(store: Database) -> set[str]:
    """The SHA-256 of every model in the folder."""
    return {path.name for path in (store.folder / "models").glob("[0-9a-f]" * 64)}


def named_files(session: Session) -> set[str]:
    """The SHA-256 of every picture, thumbnail and model that a row names."""
    columns = (CaseRow.pixels_sha256, CaseRow.thumbnail_sha256, ModelRow.sha256)
    return {name for column in columns for name in session.scalars(select(column))}
