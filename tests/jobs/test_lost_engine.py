"""An engine that stops answering while it trains: the job resumes or ends, exactly once."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from arncnn.jobs.engines.base import EngineAwayError, Launch, Status
from arncnn.jobs.engines.local import LocalEngine
from arncnn.jobs.engines.process import Process
from arncnn.jobs.supervisor import Supervisor
from arncnn.store import LOCAL_USER
from arncnn.store.job import Job, State, Stop
from arncnn.store.roles import SUPERVISOR
from arncnn.store.verify import verify
from tests.jobs.conftest import DEVICE, Stage, lay_out_light

LONG_LEASE_S, SHORT_LEASE_S = 60.0, 1.5


class MoodyEngine(LocalEngine):
    """Trains on this machine, and answers only while it likes to."""

    is_away = False
    has_slots = True  # a cluster may still name its devices

    def devices(self) -> tuple[str, ...]:
        return super().devices() if self.has_slots else ()

    def launch(self, launch: Launch) -> str:
        self._answer()
        return super().launch(launch)

    def find(self, job_id: str, attempt: int) -> str | None:
        self._answer()
        return super().find(job_id, attempt)

    def poll(self, reference: str) -> Status:
        self._answer()
        return super().poll(reference)

    def read(self, reference: str, log: Path, offset: int) -> bytes:
        self._answer()
        return super().read(reference, log, offset)

    def cancel(self, reference: str) -> None:
        self._answer()
        super().cancel(reference)

    def end_orphans(self, keep: Mapping[str, int]) -> int:
        self._answer()
        return super().end_orphans(keep)

    def _answer(self) -> None:
        if self.is_away:
            raise EngineAwayError("The engine does not answer.")


@pytest.fixture
def engine(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[MoodyEngine]:
    monkeypatch.setenv("LIGHT_STEP_S", "0.2")
    made = MoodyEngine((DEVICE,))
    yield made
    made.is_away = False  # for what ends the trainers left


def begun(stage: Stage, watching: Supervisor, epochs: int = 40) -> Job:
    job = stage.submit(epochs=epochs, max_attempts=1000)  # a slow machine loses leases too
    stage.until(watching, lambda: stage.job(job).progress.get("epochs_done", 0) >= 1)
    return stage.job(job)


def shorten(watching: Supervisor) -> None:
    """From here on a lease is lost soon; until here a slow machine must not lose one."""
    watching._lease_s = SHORT_LEASE_S
    watching._renew_all()


@pytest.mark.parametrize("has_slots", [True, False])
def test_a_job_on_a_lost_engine_is_queued_again_and_goes_on_when_it_is_back(
    stage: Stage, engine: MoodyEngine, has_slots: bool
) -> None:
    watching = stage.supervisor(LONG_LEASE_S, engine=engine)
    job = begun(stage, watching, epochs=4)
    first = Process.parse(job.engine_ref)
    shorten(watching)
    engine.is_away, engine.has_slots = True, has_slots
    stage.until(watching, lambda: _kinds(stage, job).count("lost") >= 1)
    engine.is_away, engine.has_slots = False, True
    watching._lease_s = LONG_LEASE_S
    job = stage.finish(watching, job)
    assert job.state is State.SUCCEEDED, job.error
    assert job.attempt >= 2
    assert not first.is_alive
    begins = [e for e in stage.store.jobs.events(LOCAL_USER, job.id) if e.kind == "start"]
    assert begins[-1].payload["epoch"] >= 1  # from the checkpoint
    assert _kinds(stage, job).count("succeeded") == 1
    assert len(stage.store.models.list(LOCAL_USER)) == 1
    assert verify(stage.store, LOCAL_USER).is_intact


def test_an_engine_that_is_back_within_the_lease_has_lost_nothing(
    stage: Stage, engine: MoodyEngine
) -> None:
    watching = stage.supervisor(LONG_LEASE_S, engine=engine)
    job = begun(stage, watching, epochs=6)
    engine.is_away = True
    for _ in range(5):
        watching.tick()
    engine.is_away = False
    job = stage.finish(watching, job)
    assert (job.state, job.attempt) == (State.SUCCEEDED, 1)
    assert stage.said.count(f"job {job.id}: The engine does not answer.") == 1  # not every tick


def test_a_cancellation_that_a_lost_engine_never_hears_ends_the_job_and_later_the_trainer(
    stage: Stage, engine: MoodyEngine
) -> None:
    watching = stage.supervisor(LONG_LEASE_S, engine=engine)
    job = begun(stage, watching, epochs=400)
    trainer = Process.parse(job.engine_ref)
    shorten(watching)
    engine.is_away = True
    stage.store.jobs.stop(LOCAL_USER, job.id, Stop.CANCEL)
    assert stage.finish(watching, job).state is State.CANCELLED
    assert trainer.is_alive
    engine.is_away = False
    stage.until(watching, lambda: not trainer.is_alive)


def test_a_job_that_an_absent_engine_cannot_begin_goes_back_into_the_queue(
    stage: Stage, engine: MoodyEngine
) -> None:
    watching = stage.supervisor(LONG_LEASE_S, engine=engine)
    engine.is_away = True
    job = stage.submit(epochs=1)
    watching.tick()
    assert (stage.job(job).state, stage.job(job).attempt) == (State.QUEUED, 1)
    engine.is_away = False
    assert stage.finish(watching, job).state is State.SUCCEEDED


def test_a_job_waits_for_an_earlier_trainer_that_is_slow_to_be_gone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arncnn.jobs.engines.local._WAIT_FOR_LOCK_S", 0.2)
    job = stage.submit(epochs=1)
    lingering = os.open(lay_out_light(stage.store, job) / "trainer.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lingering, fcntl.LOCK_EX)
    watching = stage.supervisor()
    watching.tick()
    assert (stage.job(job).state, stage.job(job).attempt) == (State.QUEUED, 1)
    os.close(lingering)
    assert stage.finish(watching, job).state is State.SUCCEEDED


def test_a_new_supervisor_leaves_a_job_alone_whose_engine_does_not_answer(
    stage: Stage, engine: MoodyEngine
) -> None:
    job = stage.submit(epochs=1)
    stage.store.jobs.work.claim(SUPERVISOR, DEVICE, engine="local", lease_s=LONG_LEASE_S)
    engine.is_away = True
    stage.supervisor(LONG_LEASE_S, engine=engine).tick()
    assert (stage.job(job).state, stage.job(job).attempt) == (State.RUNNING, 1)


def _kinds(stage: Stage, job: Job) -> list[str]:
    return [event.kind for event in stage.store.jobs.events(LOCAL_USER, job.id)]
