"""Bringing a database to the tables this version expects: all steps in one transaction."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from arncnn.errors import StoreError
from arncnn.store.database import explained, lock_for_writing
from arncnn.store.seals import digest

HEAD = "0002"  # the newest revision in versions/
SCHEMA_ANCHOR = "schema"


def upgrade(engine: Engine) -> None:
    """Make or upgrade all tables, or leave everything as it was.

    Raises:
        StoreError: the database is damaged, away, or was made by a newer version.
    """
    with explained():
        if _is_current(engine):
            return
        with engine.begin() as connection:
            lock_for_writing(connection)
            version = revision(connection)
            if version != HEAD:  # another process may have been faster
                _refuse_unknown(version)
                _run(connection)
                _anchor_schema(connection)


def revision(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def schema_hash(connection: Connection) -> str | None:
    """SHA-256 of all that SQLite says of its schema; None on other databases."""
    if connection.dialect.name != "sqlite":
        return None
    rows = connection.execute(
        text("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
    )
    return digest("\n".join(repr(tuple(row)) for row in rows))


def _is_current(engine: Engine) -> bool:
    try:
        with engine.execution_options(arncnn_reading=True).connect() as connection:
            return connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    except DBAPIError as error:
        if "alembic_version" in str(error.orig):  # no such table: a new store
            return False
        raise


def _refuse_unknown(version: str | None) -> None:
    known = {path.stem[:4] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py")}
    if version is not None and version not in known:
        raise StoreError(
            "This store was made by a newer version of the program. Update the program, "
            "or name another store with ARNCNN_DATABASE."
        )


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _anchor_schema(connection: Connection) -> None:
    value = schema_hash(connection)
    if value is not None:
        connection.execute(text("DELETE FROM anchors WHERE name = 'schema'"))
        connection.execute(
            text("INSERT INTO anchors (name, entries, hash) VALUES ('schema', 0, :hash)"),
            {"hash": value},
        )
