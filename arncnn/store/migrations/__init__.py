"""Bringing a database to the tables this version expects: all steps in one transaction.

What the schema hashes to afterwards is noted in the audit chain, so that ``verify`` finds a table,
column, index or trigger that was altered, added or dropped by another hand.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from arncnn.errors import StoreError
from arncnn.store import audit, job_seals
from arncnn.store.database import explained, lock_for_writing
from arncnn.store.roles import Actor
from arncnn.store.seals import digest
from arncnn.store.tables import Base, JobRow

HEAD = "0006"  # the newest revision in versions/
SCHEMA_ANCHOR = "schema"
BETWEEN = "\n-- next\n"  # statements: a trigger has semicolons in it
_AT_ONCE = Path(__file__).parent / "sqlite.sql"  # written by python -m tests.store.sqlite_schema
_UPGRADE = Actor("upgrade", frozenset())
_SQLITE_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master"
_POSTGRESQL_SCHEMA = """
SELECT 'column', column_name::text, table_name::text,
  concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL SELECT 'index', indexname::text, tablename::text, indexdef
FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL SELECT 'constraint', conname::text, relname::text, pg_get_constraintdef(c.oid)
FROM pg_constraint c JOIN pg_class r ON r.oid = conrelid
WHERE r.relnamespace = current_schema()::regnamespace AND contype IN ('p', 'u', 'c', 'f')
UNION ALL SELECT 'trigger', tgname::text, relname::text, pg_get_triggerdef(t.oid)
FROM pg_trigger t JOIN pg_class r ON r.oid = tgrelid
WHERE r.relnamespace = current_schema()::regnamespace AND NOT tgisinternal
"""


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
                if version is None and connection.dialect.name == "sqlite":
                    _make_at_once(connection)
                else:
                    migrate(connection)
                _anchor_schema(connection)
                _note_in_chain(connection)


def revision(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def schema_hash(connection: Connection) -> str:
    """SHA-256 of the revision and of all that the database says of the store's schema."""
    is_sqlite = connection.dialect.name == "sqlite"
    rows = connection.execute(text(_SQLITE_SCHEMA if is_sqlite else _POSTGRESQL_SCHEMA))
    # Whoever shares a server's schema may have tables of their own in it; a file is ours alone.
    ours = {*Base.metadata.tables, "alembic_version"}
    told = sorted(repr(tuple(row)) for row in rows if is_sqlite or row[2] in ours)
    return digest("\n".join([str(revision(connection)), *told]))


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


def _make_at_once(connection: Connection) -> None:
    """What all migrations come to, statement by statement: a new store waits for no Alembic."""
    for statement in _AT_ONCE.read_text(encoding="utf-8").split(BETWEEN):
        connection.exec_driver_sql(statement)


def migrate(connection: Connection) -> None:
    """Run the migrations that a database has not had."""
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _anchor_schema(connection: Connection) -> None:
    connection.execute(text("DELETE FROM anchors WHERE name = 'schema'"))
    connection.execute(
        text("INSERT INTO anchors (name, entries, hash) VALUES ('schema', 0, :hash)"),
        {"hash": schema_hash(connection)},
    )


def _note_in_chain(connection: Connection) -> None:
    """A new store's first line tells of its schema anyway; an upgraded one gets a line for it."""
    with Session(connection) as session:
        if audit.end(session)[0]:
            jobs: dict[str, str] = {}
            for row in session.scalars(select(JobRow)):
                jobs |= job_seals.of(session, row)
            detail = {"revision": HEAD}
            audit.record(session, _UPGRADE, "store.upgrade", "store", detail, also=jobs)
