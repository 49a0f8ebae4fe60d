"""What a new SQLite store begins with: ``python -m tests.store.sqlite_schema`` writes it anew."""

from sqlalchemy import Connection, create_engine, text

from arncnn.store import migrations
from arncnn.store.migrations import BETWEEN

_MADE = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"


def migrated() -> Connection:
    """A connection to a database in memory that all migrations have run in."""
    connection = create_engine("sqlite://").connect()
    migrations.migrate(connection)
    return connection


def statements(connection: Connection) -> list[str]:
    """What makes the same schema, with its revision."""
    head = f"INSERT INTO alembic_version (version_num) VALUES ('{migrations.revision(connection)}')"
    return [*connection.scalars(text(_MADE)), head]


if __name__ == "__main__":
    with migrated() as made:
        migrations._AT_ONCE.write_text(BETWEEN.join(statements(made)), encoding="utf-8")
