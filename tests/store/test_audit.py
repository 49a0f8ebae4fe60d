import csv
import io
import sqlite3
from pathlib import Path

import pytest

from arncnn.errors import StoreError
from arncnn.models import bundled
from arncnn.store import LOCAL_USER, Store, migrations
from arncnn.store.audit import GENESIS, AuditFilter
from arncnn.store.job import State
from arncnn.store.roles import SUPERVISOR
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, APOLLO, BERT, TILDA, new_case


@pytest.fixture
def busy(store: Store) -> Store:
    """A store in which three people did things."""
    case = store.cases.add_all(ANNA, [new_case(number) for number in range(3)])[0]
    correction = store.corrections.submit(BERT, case.id, label="Hand", note="said so")
    store.corrections.review(APOLLO, correction.id, approve=True, reason="yes")
    return store


def _alter(home: Path, statement: str) -> None:
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        assert raw.execute(statement).rowcount != 0


def test_every_action_leaves_its_line_with_who_what_and_when(busy: Store) -> None:
    page = busy.audit.entries(ADA)
    told = [(entry.number, entry.actor, entry.action) for entry in reversed(page.entries)]
    assert told == [
        (1, ANNA.name, "case.add"),
        (2, ANNA.name, "case.add"),
        (3, ANNA.name, "case.add"),
        (4, BERT.name, "correction.add"),
        (5, APOLLO.name, "correction.review"),
    ]
    times = [entry.at for entry in page.entries]
    assert times == sorted(times, reverse=True)
    assert busy.audit.head(ADA) == (5, page.entries[0].hash)


def test_lines_are_filtered_paged_and_exported(busy: Store) -> None:
    assert busy.audit.entries(ADA, AuditFilter(actor=BERT.name)).total == 1
    assert busy.audit.entries(ADA, AuditFilter(action="case.add"), limit=2).total == 3
    newest = busy.audit.entries(ADA).entries[0]
    assert busy.audit.entries(ADA, AuditFilter(since=newest.at)).entries == (newest,)
    assert busy.audit.entries(ADA, AuditFilter(until=newest.at, subject="x")).total == 0
    rows = list(csv.DictReader(io.StringIO("".join(busy.audit.csv(ADA)))))
    assert [int(row["number"]) for row in rows] == [1, 2, 3, 4, 5]
    assert rows[-1]["hash"] == newest.hash
    assert len(list(busy.audit.json_lines(ADA))) == 5


def test_notes_stay_out_of_the_audit(busy: Store) -> None:
    assert "said so" not in "".join(busy.audit.csv(ADA))


def test_an_untouched_store_verifies(busy: Store) -> None:
    found = verify(busy, ADA)
    assert found.problems == ()
    assert (found.entries, found.rows, found.files, found.first_broken) == (
        5,
        5,
        6 + len(bundled.SUMS),
        None,
    )
    assert found.head == busy.audit.head(ADA)[1]


def test_an_empty_store_verifies(store: Store) -> None:
    assert verify(store, ADA).is_intact
    assert store.audit.head(LOCAL_USER) == (0, GENESIS)


@pytest.mark.attack
@pytest.mark.parametrize(
    ("statement", "first_broken", "problem"),
    [
        ("UPDATE audit SET actor = 'x' WHERE number = 2", 2, "breaks at line 2"),
        ("UPDATE audit SET at = at + 1 WHERE number = 4", 4, "breaks at line 4"),
        ("UPDATE audit SET detail = '{}' WHERE number = 3", 3, "breaks at line 3"),
        ("UPDATE audit SET seals = '{}' WHERE number = 1", 1, "breaks at line 1"),
        ("DELETE FROM audit WHERE number = 2", 2, "breaks at line 2"),
        ("DELETE FROM audit WHERE number = 5", 5, "lines are missing"),
        ("DELETE FROM audit", 1, "lines are missing"),
        ("UPDATE anchors SET entries = 4 WHERE name = 'audit'", 6, "lines are missing"),
        ("UPDATE cases SET entropy = 0.0", None, "was altered"),
        ("UPDATE cases SET label = NULL", None, "was altered"),
        ("UPDATE reviews SET decision = 'rejected'", None, "was altered"),
        ("UPDATE corrections SET weight = 50", None, "was altered"),
        ("DELETE FROM reviews", None, "is missing"),
        (
            "UPDATE cases SET id = 'f' || id WHERE id NOT IN (SELECT case_id FROM corrections)",
            None,
            "added",
        ),
        ("CREATE INDEX sly ON cases (note)", None, "definitions"),
        ("DROP INDEX ix_cases_verdict_id", None, "definitions"),
        ("ALTER TABLE users ADD COLUMN INDEXED TEXT", None, "definitions"),
        ("UPDATE anchors SET hash = 'x' WHERE name = 'store'", None, "anchors:store was altered"),
        ("DELETE FROM anchors WHERE name = 'store'", None, "anchors:store is missing"),
        ("UPDATE anchors SET entries = 0, hash = 'x' WHERE name = 'store'", None, "anchors:store"),
        ("DELETE FROM anchors WHERE name = 'schema'", None, "definitions"),
    ],
)
def test_tampering_is_found_and_the_first_broken_line_named(
    busy: Store, home: Path, statement: str, first_broken: int | None, problem: str
) -> None:
    if "INDEX" in statement:  # these have no row count
        with sqlite3.connect(home / "arncnn.sqlite") as raw:
            raw.execute(statement.replace("(note)", "(kind)"))
    else:
        _alter(home, statement)
    found = verify(busy, ADA)
    assert not found.is_intact
    assert found.first_broken == first_broken
    assert problem in " ".join(found.problems)


def _covered_by_its_anchor(home: Path) -> None:
    """Put the hash of the schema as it is now where the database keeps it."""
    opened = Store.open()
    with opened.reading() as session:
        now = migrations.schema_hash(session.connection())
    opened.close()
    _alter(home, f"UPDATE anchors SET hash = '{now}', entries = 0 WHERE name = 'schema'")


@pytest.mark.attack
@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TRIGGER sly AFTER INSERT ON cases BEGIN DELETE FROM reviews; END",),
        ("ALTER TABLE cases ADD COLUMN sly TEXT",),
        ("DROP INDEX uq_jobs_running_device",),
    ],
)
def test_an_altered_schema_is_found_also_when_its_anchor_was_altered_with_it(
    busy: Store, home: Path, statements: tuple[str, ...]
) -> None:
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        for statement in statements:
            raw.execute(statement)
    _covered_by_its_anchor(home)
    assert "The tables' definitions were altered." in verify(busy, ADA).problems


@pytest.mark.attack
def test_a_dropped_column_is_found(busy: Store, home: Path) -> None:
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        raw.execute("ALTER TABLE users DROP COLUMN is_active")
    with pytest.raises(StoreError):  # accounts can no longer be read at all
        verify(busy, ADA)


@pytest.fixture
def worked(store: Store) -> Store:
    """A store with a job that runs for the second time, and one that has ended."""
    work = store.jobs.work
    for _ in range(2):
        store.jobs.submit(TILDA, {})
    done = work.claim(SUPERVISOR, "cpu:0@h", engine="local").claim
    for epoch in range(3):
        work.event(SUPERVISOR, done, "epoch", {"epoch": epoch}, progress={"epoch": epoch})
    work.finish(SUPERVISOR, done, State.SUCCEEDED, result={"model": "m"})
    lost = work.claim(SUPERVISOR, "cpu:0@h", engine="local").claim
    work.event(SUPERVISOR, lost, "epoch", {"epoch": 1}, progress={"epoch": 1})
    work.release(SUPERVISOR, lost, "The engine is gone.")
    again = work.claim(SUPERVISOR, "cpu:0@h", engine="local").claim
    work.event(SUPERVISOR, again, "epoch", {"epoch": 1}, progress={"epoch": 1})
    return store


@pytest.mark.attack
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE jobs SET state = 'queued' WHERE state = 'succeeded'",
        "UPDATE jobs SET state = 'failed' WHERE state = 'running'",
        "UPDATE jobs SET attempt = 7",
        "UPDATE jobs SET max_attempts = 99 WHERE state = 'running'",
        "UPDATE jobs SET device = 'gpu:0@h' WHERE state = 'running'",
        "UPDATE jobs SET stop_flag = 'cancel' WHERE state = 'running'",
        "UPDATE jobs SET started_at = 1",
        "UPDATE jobs SET progress = '{}' WHERE state = 'succeeded'",
        "UPDATE jobs SET lease_until = 1 WHERE state = 'succeeded'",
        "UPDATE job_events SET payload = '{}' WHERE kind = 'epoch' AND attempt = 1",
        "UPDATE job_events SET at = 0 WHERE kind = 'succeeded'",
        "UPDATE job_events SET kind = 'x' WHERE kind = 'lost'",
        "DELETE FROM job_events WHERE kind = 'claimed'",
        "DELETE FROM job_events WHERE kind = 'succeeded'",
        "INSERT INTO job_events SELECT id, 99, 1, 0, 'epoch', '{}' FROM jobs"
        " WHERE state = 'succeeded'",
    ],
)
def test_where_a_job_stands_and_what_its_log_says_is_in_the_chain(
    worked: Store, home: Path, statement: str
) -> None:
    assert verify(worked, ADA).problems == ()
    _alter(home, statement)
    assert "State or log of jobs:" in " ".join(verify(worked, ADA).problems)


def test_a_progress_event_costs_no_line_of_the_audit(worked: Store) -> None:
    actions = [entry.action for entry in worked.audit.entries(ADA).entries]
    assert sorted(set(actions)) == ["job.claim", "job.finish", "job.lost", "job.submit"]


@pytest.mark.attack
def test_a_row_altered_with_its_own_seal_is_still_found(busy: Store, home: Path) -> None:
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        raw.execute("UPDATE reviews SET reviewer = 'x', seal = (SELECT seal FROM corrections)")
    assert any("reviews:" in problem for problem in verify(busy, ADA).problems)


@pytest.mark.attack
def test_missing_and_altered_pixels_are_found(busy: Store) -> None:
    first, second = busy.cases.list(ANNA, limit=2).cases
    busy.blobs.delete(first.pixels_sha256)
    path = busy.folder / "cases" / second.thumbnail_sha256[:2] / second.thumbnail_sha256
    path.write_bytes(path.read_bytes()[:-1])
    problems = verify(busy, ADA).problems
    assert len(problems) == 2
    assert {first.id, second.id} == {problem.split("cases:")[1].split()[0] for problem in problems}
    assert verify(busy, ADA, files=False).is_intact
