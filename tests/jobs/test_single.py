"""One supervisor, started when there is work and nobody does it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.orm import Session

from arncnn import config
from arncnn.jobs import single
from arncnn.store import LOCAL_USER
from arncnn.store.job import State
from arncnn.store.roles import SUPERVISOR
from tests.jobs.conftest import Stage
from tests.waiting import wait_until


def test_only_one_holds_the_lock(home) -> None:
    with single.supervisor_lock() as first, single.supervisor_lock() as second:
        assert first is not None and second is None
    assert not single.is_supervised()


def test_who_only_looks_whether_anybody_supervises_turns_no_supervisor_away(home) -> None:
    holds, gone = threading.Event(), threading.Event()

    def look() -> None:
        with single.supervisor_lock():
            holds.set()
            gone.wait(0.2)

    looking = threading.Thread(target=look)
    looking.start()
    holds.wait()
    with single.supervisor_lock(wait_s=30.0) as held:
        assert held is not None
    looking.join()


def test_a_job_that_goes_back_into_the_queue_meanwhile_is_still_work(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.submit()
    store, reading = stage.store, stage.store.reading
    store.jobs.work.claim(SUPERVISOR, "cpu:0@here", engine="local", lease_s=0.0)

    @contextmanager
    def reading_before_it_is_lost() -> Iterator[Session]:
        with reading() as session:
            yield session
        monkeypatch.setattr(store, "reading", reading)
        store.jobs.work.requeue_lost(SUPERVISOR, now=time.time() + 1.0)

    monkeypatch.setattr(store, "reading", reading_before_it_is_lost)
    assert single.has_work(store)
    assert store.jobs.list(LOCAL_USER, state=State.QUEUED).total == 1


def test_no_supervisor_is_started_without_work(stage: Stage) -> None:
    assert not single.ensure_supervised(stage.store)
    assert not (config.jobs_folder() / "supervisor.log").exists()


def test_a_queued_job_starts_a_supervisor_that_outlives_the_caller_and_ends_when_idle(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_ENGINE", "nowhere")  # it starts, says so, and ends
    stage.submit()
    assert single.ensure_supervised(stage.store)
    log = config.jobs_folder() / "supervisor.log"
    said = "ARNCNN_ENGINE=nowhere is not supported"
    assert wait_until(lambda: said in log.read_text()), log.read_text()


def test_a_supervisor_at_work_is_not_doubled(stage: Stage) -> None:
    stage.submit()
    with single.supervisor_lock():
        assert not single.ensure_supervised(stage.store)
        said: list[str] = []
        assert single.work(stage.store, report=said.append) is False
    assert "Another supervisor" in said[0]


def test_working_until_idle_finishes_the_queue_and_returns(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single, "_IDLE_S", 0.5)
    job = stage.submit(epochs=1)
    monkeypatch.setattr("arncnn.jobs.engines.chosen", lambda: None)
    light = stage.supervisor()
    monkeypatch.setattr("arncnn.jobs.supervisor.Supervisor", lambda *a, **k: light)
    assert single.work(stage.store, until_idle=True)
    assert stage.job(job).state is State.SUCCEEDED
    assert stage.store.jobs.list(LOCAL_USER).total == 1
