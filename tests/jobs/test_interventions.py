"""What people and others do to a job in the supervisor's care: end, alter, compare again."""

import subprocess

import pytest
from sqlalchemy import text

from arncnn.errors import JobError, ModelError
from arncnn.jobs import inputs, plan
from arncnn.jobs.engines.process import Process
from arncnn.store import LOCAL_USER
from arncnn.store.job import State, Stop
from arncnn.store.verify import verify
from tests.jobs.conftest import Stage
from tests.store.made_up import new_case


def test_cancel_ends_the_trainer_and_its_children(stage: Stage) -> None:
    supervisor = stage.supervisor()
    job = stage.submit(source="child")
    stage.until(supervisor, lambda: stage.job(job).progress.get("epochs") is not None)
    group = Process.parse(stage.job(job).engine_ref).pid
    stage.store.jobs.stop(LOCAL_USER, job.id, Stop.CANCEL)
    assert stage.finish(supervisor, job).state is State.CANCELLED
    stage.until(supervisor, lambda: not _group(group))


def test_a_cancellation_comes_before_anything_else_of_a_tick(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = stage.supervisor()
    job = stage.submit(source="hang")
    stage.until(supervisor, lambda: stage.job(job).progress.get("epochs") is not None)
    engine, done = stage.engines[0], []
    for name in ("read", "poll", "end_orphans", "devices", "find"):
        monkeypatch.setattr(engine, name, lambda *a, name=name: done.append(name) or ())
    kill = engine.cancel
    monkeypatch.setattr(engine, "cancel", lambda r: done.append("cancel") or kill(r))
    monkeypatch.setattr(subprocess.Popen, "wait", lambda *a, **k: done.append("wait"))
    stage.store.jobs.stop(LOCAL_USER, job.id, Stop.CANCEL)
    supervisor.tick()
    assert done[0] == "cancel" and "wait" not in done
    assert stage.job(job).state is State.CANCELLED


@pytest.mark.attack
def test_a_queued_job_whose_record_was_altered_is_set_aside_and_the_next_is_trained(
    stage: Stage,
) -> None:
    altered, fine = stage.submit(epochs=1), stage.submit(epochs=1)
    _alter(stage, altered.id)
    assert stage.finish(stage.supervisor(), fine).state is State.SUCCEEDED
    _expect_set_aside(stage, altered.id)


@pytest.mark.attack
def test_a_running_job_whose_record_is_altered_is_ended_and_the_other_goes_on(
    stage: Stage,
) -> None:
    here, there = stage.supervisor(), stage.supervisor(device="cpu:1@here")
    supervisor = stage.supervisor()
    stage.engines[-1]._devices = (*here._engine.devices(), *there._engine.devices())
    altered, fine = stage.submit(source="hang"), stage.submit(epochs=3)
    stage.until(supervisor, lambda: stage.job(fine).state is State.RUNNING)
    process = Process.parse(stage.job(altered).engine_ref)
    _alter(stage, altered.id)
    assert stage.finish(supervisor, fine).state is State.SUCCEEDED
    assert not process.is_alive
    assert any("altered outside this program" in sentence for sentence in stage.said)
    _expect_set_aside(stage, altered.id)


def _alter(stage: Stage, job_id: str) -> None:
    with stage.store.engine.begin() as connection:
        spec = '{"recipe":"light","epochs":1,"source":"evil"}'
        statement = text("UPDATE jobs SET spec = :spec WHERE id = :id")
        connection.execute(statement, {"spec": spec, "id": job_id})


def _expect_set_aside(stage: Stage, job_id: str) -> None:
    failed = stage.store.jobs.list(LOCAL_USER, state=State.FAILED).jobs
    assert [job.id for job in failed] == [job_id]
    assert _events(stage, job_id, "set_aside")[0].payload["reason"]
    found = verify(stage.store, LOCAL_USER)  # ending it has not sealed what was altered
    assert any(job_id in problem for problem in found.problems)


def test_stop_and_keep_best_waits_for_an_epoch_and_succeeds(stage: Stage) -> None:
    supervisor = stage.supervisor()
    job = stage.submit(epochs=200)
    stage.until(supervisor, lambda: stage.job(job).state is State.RUNNING)
    stage.store.jobs.stop(LOCAL_USER, job.id, Stop.KEEP_BEST)
    job = stage.finish(supervisor, job)
    assert job.state is State.SUCCEEDED
    assert 1 <= job.progress["epochs_done"] < 1000


def test_a_candidate_is_compared_again_once_another_model_serves(stage: Stage) -> None:
    models = stage.store.models
    supervisor = stage.supervisor()
    first, second = (
        stage.finish(supervisor, stage.submit(epochs=1)).result["model"] for _ in range(2)
    )
    models.promote(LOCAL_USER, first, "the first")
    serving = {"id": "light", "sha256": first}
    models.judge(LOCAL_USER, second, {"passes": True, "reasons": [], "serving": serving})
    assert not models.is_stale(models.get(LOCAL_USER, second))
    models.rollback(LOCAL_USER, "not this one")
    assert models.is_stale(models.get(LOCAL_USER, second))
    with pytest.raises(ModelError, match="compare again"):
        models.promote(LOCAL_USER, second, "better")

    supervisor._prepare_inputs = inputs.prepare_inputs
    job = stage.finish(supervisor, plan.compare_again(stage.store, LOCAL_USER, second))
    assert job.state is State.SUCCEEDED and job.result["model"] == second
    assert not stage.store.runs.list(LOCAL_USER, job_id=job.id)  # nothing was trained
    assert models.get(LOCAL_USER, second).gate["serving"]["sha256"] != first
    models.promote(LOCAL_USER, second, "better")
    assert verify(stage.store, LOCAL_USER).is_intact


def test_a_training_whose_scan_was_deleted_is_not_tried_again(stage: Stage) -> None:
    store = stage.store
    case = store.cases.add(LOCAL_USER, new_case(1))
    said = store.corrections.submit(LOCAL_USER, case.id, label="Hand")
    store.corrections.review(LOCAL_USER, said.id, approve=True)
    job = store.jobs.submit(LOCAL_USER, {"recipe": "fine-tune"})
    folder = inputs.prepare_inputs(store, job)
    assert inputs.prepare_inputs(store, job) == folder  # another attempt
    store.cases.delete(LOCAL_USER, case.id)
    with pytest.raises(JobError, match="has since been deleted"):
        inputs.prepare_inputs(store, job)


def _events(stage: Stage, job_id: str, kind: str) -> list:
    return [e for e in stage.store.jobs.events(LOCAL_USER, job_id) if e.kind == kind]


def _group(pid: int) -> bool:
    found = subprocess.run(["pgrep", "-g", str(pid)], capture_output=True, check=False)
    return found.returncode == 0
