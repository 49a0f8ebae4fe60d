import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from arncnn.errors import StoreError
from arncnn.store import Store, identity, migrations
from arncnn.store.audit import ANCHOR, GENESIS, hash_of
from arncnn.store.job import State
from arncnn.store.seals import canonical
from arncnn.store.tables import AnchorRow, AuditRow, Base
from arncnn.store.verify import verify
from tests.store import sqlite_schema
from tests.store.made_up import ADA, ANNA, TILDA, new_case
from tests.store.together import together


def test_a_new_store_has_what_all_migrations_come_to(store: Store) -> None:
    """Write it anew with ``python -m tests.store.sqlite_schema``."""
    with sqlite_schema.migrated() as made, store.engine.connect() as new:
        assert migrations.schema_hash(new) == migrations.schema_hash(made)
        for table in Base.metadata.tables:  # no migration puts rows into a new store
            assert made.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_a_new_store_brings_in_no_alembic(tmp_path: Path) -> None:
    code = (
        "import sys; from arncnn.store import Store; Store.open(); print('alembic' in sys.modules)"
    )
    home = {**os.environ, "ARNCNN_HOME": str(tmp_path)}
    home.pop("ARNCNN_DATABASE", None)
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], env=home, cwd=root, capture_output=True, text=True
    )
    assert run.stdout.strip() == "False", run.stderr


def test_the_migrations_make_exactly_the_tables_that_the_code_declares(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_head_named_in_the_code_is_the_newest_revision() -> None:
    settings = Config()
    settings.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(settings).get_heads() == [migrations.HEAD]


def test_a_failed_upgrade_leaves_nothing_behind(home: Path, monkeypatch) -> None:
    def fail(_connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(migrations, "_anchor_schema", fail)
    with pytest.raises(StoreError, match="disk is full"):
        Store.open()
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        assert raw.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    monkeypatch.undo()
    monkeypatch.setenv("ARNCNN_HOME", str(home))
    assert verify(Store.open(), ADA).is_intact


def _as_at_0002(home: Path) -> None:
    """Take from a store all that the chain did not tell before revision 0003."""
    previous = GENESIS
    store = Store.open()
    with store.writing() as session:
        for row in session.scalars(select(AuditRow).order_by(AuditRow.number)):
            seals = json.loads(row.seals)
            kept = {s: v for s, v in seals.items() if s.count(":") == 1 and "/" not in s}
            kept = {s: v for s, v in kept.items() if not s.startswith("anchors:")}
            row.seals, row.previous_hash = canonical(kept), previous
            row.hash = previous = hash_of(row)
        session.get(AnchorRow, ANCHOR).hash = previous
        session.delete(session.get(AnchorRow, identity.ANCHOR))
        session.get(AnchorRow, migrations.SCHEMA_ANCHOR).entries = 0
    store.close()
    (home / identity.FILE).unlink()
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        for later in ("header_decisions", "outbox", "inbox", "cursor", "source"):
            raw.execute(f"DROP TABLE {later}")
        raw.execute("ALTER TABLE cases DROP COLUMN study_key")
        raw.execute("UPDATE alembic_version SET version_num = '0002'")


def test_an_older_store_is_upgraded_and_its_chain_then_tells_of_schema_id_and_jobs(
    store: Store, home: Path
) -> None:
    store.cases.add(ANNA, new_case(1))
    job = store.jobs.submit(TILDA, {})
    claim = store.jobs.work.claim(TILDA, "cpu:0@h", engine="local").claim
    store.jobs.work.event(TILDA, claim, "epoch", {"epoch": 1})
    lines = store.audit.head(ADA)[0]
    store.close()
    _as_at_0002(home)
    upgraded = Store.open()
    line = upgraded.audit.entries(ADA).entries[0]
    assert (line.number, line.action, line.subject) == (lines + 1, "store.upgrade", "store")
    assert identity.of_folder(home) is not None
    assert verify(upgraded, ADA).problems == ()
    upgraded.jobs.work.finish(TILDA, claim, State.SUCCEEDED)
    assert verify(upgraded, ADA).problems == ()
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        raw.execute("UPDATE jobs SET attempt = 9")
    assert job.id in verify(upgraded, ADA).problems[0]


def test_a_store_of_a_newer_version_is_refused(store: Store, home: Path) -> None:
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version"):
        Store.open()


def test_processes_that_open_a_new_store_at_once_all_succeed(home: Path, tmp_path: Path) -> None:
    together("Store.open().close()", 3, tmp_path)
    assert verify(Store.open(), ADA).is_intact


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("sqlite://", "in memory"),
        ("mysql://x/y", "sqlite:/// and postgresql://"),
        ("not a url", "not a database URL"),
    ],
)
def test_another_kind_of_database_is_refused_with_what_works(url: str, match: str) -> None:
    with pytest.raises(StoreError, match=match):
        Store.open(url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"something else entirely" * 100)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(f"sqlite:///{tmp_path / 'x.sqlite'}")


def test_sqlite_is_set_up_so_that_acknowledged_writes_last(store: Store) -> None:
    with store.engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    expected = {"journal_mode": "truncate", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    assert told == expected
