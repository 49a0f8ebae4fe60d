"""Full disks and damaged checkpoints: a job resumes, or has failed with the reason."""

import errno
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from arncnn.errors import StoreError
from arncnn.jobs import attempt, inputs, plan, supervisor
from arncnn.jobs.engines.local import LocalEngine
from arncnn.jobs.engines.process import Process
from arncnn.jobs.training_spec import TrainingSpec
from arncnn.store import LOCAL_USER, Store
from arncnn.store.job import Job, State
from arncnn.store.verify import verify
from tests.jobs.conftest import DEVICE, Stage


def test_a_full_disk_under_the_store_delays_but_loses_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHT_STEP_S", "0.002")
    watching = stage.supervisor()
    job = stage.submit(epochs=300)  # more to write down than fits into pages already there
    stage.until(watching, lambda: stage.job(job).progress.get("epochs_done", 0) >= 1)
    full = Store.open()

    def fill(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # SQLite allows what is there, no more

    event.listen(full.engine, "connect", fill)
    full.close()  # connections are kept; those from before know no limit
    watching._store = full
    with pytest.raises(StoreError, match="The disk is full"):
        while not stage.job(job).is_final:
            watching.tick()
    event.remove(full.engine, "connect", fill)  # somebody has freed some space
    full.close()
    job = stage.finish(watching, job)
    assert job.state is State.SUCCEEDED
    epochs = [e.payload["epoch"] for e in _events(stage, job, "epoch")]
    assert epochs == list(range(1, 301))  # each written down once
    assert verify(stage.store, LOCAL_USER).is_intact
    full.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_real_trainer_says_that_the_disk_is_full_and_goes_on_once_it_is_not(
    home: Path,
    tiny_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = {"recipe": "paper", "epochs": 1, "batch_size": 16, "source": str(tiny_folder)}
    (home / "job").mkdir(parents=True)
    (home / "job" / attempt.SPEC).write_text(json.dumps({**spec, "start": "scratch"}))
    replace = os.replace

    def refuse(file: Path, target: Path) -> None:
        if file.name.startswith(".checkpoint"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(file, target)

    with monkeypatch.context() as full:
        full.setattr(os, "replace", refuse)
        assert attempt.main([str(home / "job")]) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["event"] == "failed" and "The disk is full" in last["reason"]
    assert "The model in service is untouched" in last["reason"]
    assert attempt.main([str(home / "job")]) == 0
    said = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert said[-1] == "done" and said.count("epoch") == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("damaged", "goes_on_from"), [(("checkpoint.npz",), 1), (None, 0)])
def test_a_damaged_checkpoint_leads_back_to_the_one_before_or_to_the_start(
    stage: Stage,
    tiny_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    damaged: tuple[str, ...] | None,
    goes_on_from: int,
) -> None:
    monkeypatch.setenv("ARNCNN_DATA", str(tiny_folder))
    monkeypatch.setenv("ARNCNN_MODEL", "/nowhere")
    monkeypatch.setattr("arncnn.jobs.engines.local._NICENESS", 0)  # nobody reads beside it
    engine = LocalEngine((DEVICE,))
    stage.engines.append(engine)
    watching = supervisor.Supervisor(stage.store, engine, report=stage.said.append)
    drawn = plan.make_plan(stage.store, LOCAL_USER, TrainingSpec("paper", epochs=3, batch_size=16))
    job = plan.submit(stage.store, LOCAL_USER, drawn)
    stage.until(watching, lambda: len(_events(stage, job, "epoch")) >= 2, within_s=420)
    os.killpg(Process.parse(stage.job(job).engine_ref).pid, signal.SIGKILL)
    run = inputs.folder_of(job.id) / attempt.RUN
    assert {"checkpoint.npz", "previous.npz"} <= {file.name for file in run.iterdir()}
    for name in damaged or ("checkpoint.npz", "previous.npz"):
        content = bytearray((run / name).read_bytes())
        content[len(content) // 2] ^= 1
        (run / name).write_bytes(content)
    stage.until(watching, lambda: stage.job(job).is_final, within_s=420)
    assert (stage.job(job).state, stage.job(job).attempt) == (State.SUCCEEDED, 2)
    again = [e.payload["epoch"] for e in _events(stage, job, "start") if e.attempt == 2]
    assert again == [goes_on_from]
    assert len(stage.store.models.list(LOCAL_USER)) == 1


def _events(stage: Stage, job: Job, kind: str) -> list:
    return [e for e in stage.store.jobs.events(LOCAL_USER, job.id) if e.kind == kind]
