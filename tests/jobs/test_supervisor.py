"""The supervisor with a real process as trainer, light but otherwise the same."""

import os
import signal
import time
from pathlib import Path

import pytest

from arncnn.errors import JobError
from arncnn.jobs import inputs
from arncnn.jobs.engines.process import Process
from arncnn.store import LOCAL_USER, Actor, Role
from arncnn.store.job import LeaseLostError, State, Stop
from arncnn.store.roles import SUPERVISOR
from arncnn.store.verify import verify
from tests.jobs.conftest import Stage
from tests.waiting import wait_until


def test_a_queued_job_is_trained_registered_and_succeeds(stage: Stage) -> None:
    job = stage.finish(stage.supervisor(), stage.submit(epochs=2))
    assert job.state is State.SUCCEEDED
    model = stage.store.models.get(LOCAL_USER, job.result["model"])
    assert model.job_id == job.id
    assert model.gate["passes"] is True
    assert model.started_by == LOCAL_USER.name
    kinds = [event.kind for event in stage.store.jobs.events(LOCAL_USER, job.id)]
    assert kinds.count("epoch") == 2 and kinds.count("done") == 1
    assert job.progress["epochs_done"] == 2
    assert verify(stage.store, LOCAL_USER).is_intact


def test_progress_reaches_the_store_while_the_trainer_runs(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHT_STEP_S", "0.3")  # a real trainer tells of two steps a second
    supervisor = stage.supervisor()
    job = stage.submit(epochs=50)
    stage.until(supervisor, lambda: stage.job(job).progress.get("epochs_done", 0) >= 1)
    log = inputs.folder_of(job.id) / "attempt-1.log"
    printed = log.stat().st_size
    stage.until(supervisor, lambda: stage.job(job).progress["log_offset"] >= printed)


def test_another_supervisor_takes_on_a_running_trainer(stage: Stage) -> None:
    first = stage.supervisor()
    job = stage.submit(epochs=30)
    stage.until(first, lambda: stage.job(job).progress.get("epochs_done", 0) >= 1)
    reference = stage.job(job).engine_ref
    job = stage.finish(stage.supervisor(), job)  # the first is never asked again
    assert job.state is State.SUCCEEDED
    assert (job.attempt, job.engine_ref) == (1, reference)
    epochs = [e.payload["epoch"] for e in _events(stage, job.id, "epoch")]
    assert epochs == list(range(1, 31))  # each heard once, by one or the other


def test_a_trainer_that_was_started_but_never_noted_down_is_taken_on(stage: Stage) -> None:
    first = stage.supervisor()
    job = stage.submit(epochs=20)
    engine = stage.engines[0]
    claimed = stage.store.jobs.work.claim(SUPERVISOR, engine.devices()[0], engine="local")
    first._launch(claimed)  # killed here: the store knows of no process
    assert stage.job(job).engine_ref is None
    job = stage.finish(stage.supervisor(), job)
    assert (job.state, job.attempt) == (State.SUCCEEDED, 1)


def test_a_job_whose_supervisor_died_before_the_trainer_began_is_queued_again(stage: Stage) -> None:
    job = stage.submit()
    stage.store.jobs.work.claim(SUPERVISOR, "cpu:0@here", engine="local")
    job = stage.finish(stage.supervisor(), job)
    assert (job.state, job.attempt) == (State.SUCCEEDED, 2)


def test_a_killed_trainer_goes_on_from_its_checkpoint(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHT_STEP_S", "0.3")
    supervisor = stage.supervisor()
    job = stage.submit(epochs=6)
    stage.until(supervisor, lambda: stage.job(job).progress.get("epochs_done", 0) >= 1)
    os.killpg(Process.parse(stage.job(job).engine_ref).pid, signal.SIGKILL)
    job = stage.finish(supervisor, job)
    assert (job.state, job.attempt) == (State.SUCCEEDED, 2)
    second = [e for e in _events(stage, job.id, "start") if e.attempt == 2]
    assert second[0].payload["epoch"] >= 1
    assert len(stage.store.models.list(LOCAL_USER)) == 1


def test_a_job_is_given_up_after_its_attempts_with_the_reason(stage: Stage) -> None:
    job = stage.finish(stage.supervisor(), stage.submit(source="silent", max_attempts=2))
    assert (job.state, job.attempt) == (State.FAILED, 2)
    assert "Given up after 2 attempts" in job.error and "killed" in job.error


@pytest.mark.parametrize(
    ("how", "words"),
    [("memory", "ran out of memory"), ("disk", "disk is full")],
)
def test_what_cannot_pass_fails_at_once_in_a_sentence(stage: Stage, how: str, words: str) -> None:
    job = stage.finish(stage.supervisor(), stage.submit(source=how))
    assert (job.state, job.attempt) == (State.FAILED, 1)
    assert words in job.error and "The model in service is untouched" in job.error


def test_a_full_disk_is_said_before_training_begins(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arncnn.jobs.supervisor._LEAST_FREE_BYTES", 2**62)
    job = stage.finish(stage.supervisor(), stage.submit())
    assert job.state is State.FAILED and "disk is full" in job.error


def test_a_failed_job_is_retried_from_where_it_stood(stage: Stage) -> None:
    supervisor = stage.supervisor()
    job = stage.submit(epochs=200)
    stage.until(supervisor, lambda: stage.job(job).progress.get("epochs_done", 0) >= 2)
    stage.store.jobs.stop(LOCAL_USER, job.id, Stop.CANCEL)
    stage.finish(supervisor, job)
    stage.store.jobs.retry(LOCAL_USER, job.id)
    stage.until(supervisor, lambda: stage.job(job).state is State.RUNNING)
    stage.until(supervisor, lambda: len(_events(stage, job.id, "start")) == 2)
    assert _events(stage, job.id, "start")[1].payload["epoch"] >= 2


def test_the_result_of_an_orphan_is_refused(stage: Stage) -> None:
    supervisor = stage.supervisor()
    job = stage.submit(epochs=1000)  # by itself it takes longer than is waited
    stage.until(supervisor, lambda: stage.job(job).state is State.RUNNING)
    stale = stage.job(job).claim
    process = Process.parse(stage.job(job).engine_ref)
    stage.store.jobs.work.requeue_lost(SUPERVISOR, now=time.time() + 3600)
    with pytest.raises(LeaseLostError):
        stage.store.jobs.work.finish(SUPERVISOR, stale, State.SUCCEEDED)
    supervisor.tick()
    assert wait_until(lambda: not process.is_alive)


def test_an_orphan_process_is_found_and_ended(stage: Stage) -> None:
    supervisor = stage.supervisor()
    job = stage.submit(source="hang")
    stage.until(supervisor, lambda: stage.job(job).engine_ref is not None)
    process = Process.parse(stage.job(job).engine_ref)
    stage.store.jobs.work.finish(SUPERVISOR, stage.job(job).claim, State.FAILED, error="x")
    stage.supervisor().tick()
    assert wait_until(lambda: not process.is_alive)


def test_two_attempts_never_hold_one_folder(stage: Stage) -> None:
    supervisor = stage.supervisor()
    job = stage.submit(source="hang")
    stage.until(supervisor, lambda: stage.job(job).engine_ref is not None)
    before = Process.parse(stage.job(job).engine_ref)
    supervisor._launch(stage.job(job))
    assert wait_until(lambda: not before.is_alive)  # the earlier one was ended first


def test_one_job_a_device_and_two_devices_two_jobs(stage: Stage) -> None:
    first, second = stage.submit(source="hang"), stage.submit(source="hang")
    here = stage.supervisor()
    for _ in range(3):
        here.tick()
    running = stage.store.jobs.list(LOCAL_USER, state=State.RUNNING)
    assert [job.id for job in running.jobs] == [first.id]
    stage.supervisor(device="cpu:1@here").tick()
    assert stage.job(second).state is State.RUNNING


def test_a_locked_database_delays_but_loses_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = stage.supervisor()
    job = stage.submit(epochs=5)
    stage.until(supervisor, lambda: stage.job(job).state is State.RUNNING)
    monkeypatch.setattr("arncnn.store.database._BUSY_S", 0.1)
    from arncnn.errors import StoreError
    from arncnn.store import Store

    impatient = Store.open()
    supervisor._store = impatient
    with stage.store.writing(), pytest.raises(StoreError, match="busy"):
        for _ in range(200):
            supervisor.tick()
            time.sleep(0.01)
    job = stage.finish(supervisor, job)
    assert job.state is State.SUCCEEDED
    assert [e.payload["epoch"] for e in _events(stage, job.id, "epoch")] == [1, 2, 3, 4, 5]
    impatient.close()


def test_a_viewer_can_neither_start_nor_stop_a_training(stage: Stage) -> None:
    from arncnn.errors import PermissionDenied

    viewer = Actor("v", frozenset({Role.VIEWER}))
    job = stage.submit()
    for action in (
        lambda: stage.store.jobs.submit(viewer, {}),
        lambda: stage.store.jobs.stop(viewer, job.id),
        lambda: stage.store.jobs.retry(viewer, job.id),
        lambda: stage.store.jobs.work.claim(viewer, "cpu:0@here", engine="local"),
    ):
        with pytest.raises(PermissionDenied, match="role trainer"):
            action()


def test_a_specification_of_another_version_fails_in_a_sentence(home: Path) -> None:
    from arncnn.jobs.training_spec import TrainingSpec

    with pytest.raises(JobError, match="another version"):
        TrainingSpec.from_json({"recipe": "robust", "magic": 1})


def _events(stage: Stage, job_id: str, kind: str) -> list:
    return [e for e in stage.store.jobs.events(LOCAL_USER, job_id) if e.kind == kind]
