"""The same store on a real PostgreSQL server, started for the test and thrown away after it."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from arncnn.errors import StoreError
from arncnn.store import Store
from arncnn.store.backup import backup, restore
from arncnn.store.job import State
from arncnn.store.roles import SUPERVISOR
from arncnn.store.tables import Base
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, APOLLO, BERT, TILDA, new_case
from tests.store.postgresql_server import Server, program

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module", params=["UTF8", "SQL_ASCII"])
def machine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    pytest.importorskip("psycopg", reason="the driver is not installed: make test-extras")
    if program("initdb") is None:
        pytest.skip("PostgreSQL's server is not on this machine")
    server = Server(Path(tmp_path_factory.mktemp("postgresql")), request.param)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(machine: Server) -> Iterator[str]:
    """The URL of an empty database."""
    import psycopg

    with psycopg.connect(machine.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    yield machine.url


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_goes_is_said_in_a_sentence_and_one_that_is_back_has_lost_nothing(
    machine: Server, server: str, home: Path, how: signal.Signals
) -> None:
    store = Store.open(server)
    job = store.jobs.submit(TILDA, {})
    claim = store.jobs.work.claim(SUPERVISOR, "cpu:0@h", engine="local").claim
    with pytest.raises(StoreError), store.writing() as session:
        session.connection().exec_driver_sql("UPDATE jobs SET attempt = 7")
        machine.stop(how)
    with pytest.raises(StoreError, match="The database server does not answer"):
        store.jobs.get(TILDA, job.id)
    with pytest.raises(StoreError, match="The database server does not answer"):
        store.jobs.work.renew(SUPERVISOR, claim)
    machine.start()
    store.jobs.work.event(SUPERVISOR, claim, "epoch", {"epoch": 1})
    store.jobs.work.finish(SUPERVISOR, claim, State.SUCCEEDED)
    assert (store.jobs.get(TILDA, job.id).attempt, store.jobs.list(TILDA).total) == (1, 1)
    assert verify(store, ADA).is_intact
    store.close()


def test_everything_a_store_does_works_on_postgresql(
    server: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(server)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    case = store.cases.add(ANNA, new_case(1))
    assert store.cases.add(ANNA, new_case(1)).id == case.id
    assert store.cases.get(ANNA, case.id) == case
    assert store.series.list(ANNA, order="least_certain").total == 1
    assert store.cases.by_body_part(ANNA)[0].agree == 1
    for number in (2, 3):
        store.cases.add(ANNA, new_case(number, series_key="a"))
    assert sorted(line.slices for line in store.series.list(ANNA).lines) == [1, 2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("arncnn.store.worklist._BATCH", 1)
        assert len(list(store.cases.csv(ADA))) == 1 + 3
    said = store.corrections.submit(BERT, case.id, label="Hand", note="fünf Finger, λ = ½")
    store.corrections.review(APOLLO, said.id, approve=True)
    (kept,) = store.corrections.of_case(ANNA, case.id).corrections
    assert kept.note == "fünf Finger, λ = ½"
    assert store.corrections.queue(ANNA, state="approved")[1] == 1
    _all_claims_are_won_once(store, server)
    assert verify(store, ADA).problems == ()
    file = tmp_path / "backup.tar"
    backup(store, ADA, file)
    monkeypatch.setenv("ARNCNN_HOME", str(tmp_path / "new"))
    moved = Store.open()  # from PostgreSQL to SQLite
    assert restore(moved, ADA, file).is_intact
    assert moved.cases.get(ANNA, case.id) == case
    with store.writing() as session:
        session.connection().exec_driver_sql("UPDATE cases SET label = 'HeadCT'")
    assert not verify(store, ADA).is_intact
    store.close()


def _all_claims_are_won_once(store: Store, server: str) -> None:
    submitted = [store.jobs.submit(TILDA, {"number": number}).id for number in range(6)]
    won = []

    def work(number: int) -> None:
        own = Store.open(server)
        while job := own.jobs.work.claim(SUPERVISOR, f"cpu:{number}@h", engine="local"):
            won.append(job.id)
            own.jobs.work.finish(SUPERVISOR, job.claim, State.SUCCEEDED)
        own.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == sorted(submitted)


def test_an_empty_database_beside_kept_files_is_refused(
    server: str, home: Path, tmp_path: Path
) -> None:
    here = Store.open()  # SQLite
    here.cases.add(ANNA, new_case(1))
    backup(here, ADA, tmp_path / "backup.tar")
    with pytest.raises(StoreError, match="database is empty"):
        Store.open(server)
    moved = Store.open(server, is_restoring=True)  # from SQLite to PostgreSQL, same folder
    assert restore(moved, ADA, tmp_path / "backup.tar").is_intact
    Store.open(server).close()
    assert verify(moved, ADA).problems == ()
    moved.close()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE cases ADD COLUMN sly TEXT",
        "DROP INDEX ix_cases_verdict_id",
        "ALTER TABLE corrections DROP CONSTRAINT ck_corrections_state",
        "CREATE FUNCTION sly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER sly BEFORE INSERT ON cases FOR EACH ROW EXECUTE FUNCTION sly()",
    ],
)
def test_an_altered_schema_is_found(server: str, home: Path, statement: str) -> None:
    store = Store.open(server)
    store.cases.add(ANNA, new_case(1))
    assert verify(store, ADA).problems == ()
    with store.writing() as session:
        session.connection().exec_driver_sql("CREATE TABLE of_somebody_else (x TEXT)")
    assert verify(store, ADA).problems == ()
    with store.writing() as session:
        session.connection().exec_driver_sql(statement)
    assert "The tables' definitions were altered." in verify(store, ADA).problems
    store.close()


def test_headers_that_disagree_are_grouped_decided_on_and_exported(server: str, home: Path) -> None:
    store = Store.open(server)
    header = {"modality": "DX", "body_part": "hand", "verdict": "disagree"}
    cases = [
        store.cases.add(
            ANNA,
            new_case(
                number,
                attributes={"Modality": "DX", "BodyPartExamined": "HAND", **made_by},
                reading_header=header,
            ),
        )
        for number, made_by in enumerate(({}, {}, {"Manufacturer": "Maker"}))
    ]
    page = store.headers.groups(ANNA, limit=1)
    assert (page.total, page.groups[0].cases, page.groups[0].manufacturer) == (2, 2, None)
    assert store.headers.cases(ANNA, page.groups[0]).total == 2
    store.headers.decide(ANNA, [cases[2].id], "confirmed")
    (line,) = list(store.headers.csv(ADA))[1:]
    assert line.startswith(cases[2].id) and "CHEST,816094009,SCT,Chest,confirmed" in line
    store.cases.delete(ANNA, cases[2].id)
    assert verify(store, ADA).is_intact
