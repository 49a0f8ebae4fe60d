"""Trainings on a real Ray head of this machine, started for these tests."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from arncnn.jobs import engines
from arncnn.jobs.engines.base import EngineAwayError, Launch
from arncnn.jobs.engines.ray import RayEngine
from arncnn.jobs.supervisor import Supervisor
from arncnn.store import LOCAL_USER
from arncnn.store.job import Job, State, Stop
from tests.jobs.conftest import Stage, lay_out_light, light_command
from tests.jobs.ray_head import PORT, TRAINER_PYTHON, RayHead, ray_head
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.ray,
    pytest.mark.timeout(600),
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: make test-extras"),
]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayHead]:
    with ray_head() as head:
        yield head


def ray_engine(stage: Stage, head: RayHead, gpus: float = 0) -> RayEngine:
    engine = RayEngine(head.address, token=head.token, gpus=gpus, cpus=1, python=TRAINER_PYTHON)
    stage.engines.append(engine)
    return engine


def ray_supervisor(stage: Stage, head: RayHead) -> Supervisor:
    engine = ray_engine(stage, head)
    return Supervisor(
        stage.store,
        engine,
        command=light_command,
        prepare_inputs=lay_out_light,
        report=stage.said.append,
    )


def until(stage: Stage, supervisor: Supervisor, reached: Callable[[], bool]) -> None:
    stage.until(supervisor, reached, within_s=240)


def running(stage: Stage, job: Job) -> bool:
    return stage.job(job).progress.get("epochs_done", 0) >= 1


def test_a_training_on_ray_reports_its_epochs_and_its_model_is_registered(
    stage: Stage, cluster: RayHead
) -> None:
    supervisor = ray_supervisor(stage, cluster)
    job = stage.submit(epochs=3)
    until(stage, supervisor, lambda: stage.job(job).is_final)
    job = stage.job(job)
    assert job.state is State.SUCCEEDED, (job.error, stage.said)
    assert job.engine == "ray" and job.device.endswith(f"@ray-127.0.0.1:{PORT}")
    events = stage.store.jobs.events(LOCAL_USER, job.id)
    assert [e.payload["epoch"] for e in events if e.kind == "epoch"] == [1, 2, 3]
    assert stage.store.models.get(LOCAL_USER, job.result["model"]).job_id == job.id


def test_cancelling_on_ray_takes_effect_within_five_seconds(
    stage: Stage, cluster: RayHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = ray_supervisor(stage, cluster)
    job = stage.submit(epochs=1000)
    until(stage, supervisor, lambda: running(stage, job))
    reference = stage.job(job).engine_ref
    began = time.monotonic()
    stage.store.jobs.stop(LOCAL_USER, job.id, Stop.CANCEL)
    until(stage, supervisor, lambda: stage.job(job).state is State.CANCELLED)
    while stage.engines[-1].poll(reference).is_running:
        assert time.monotonic() - began < 5.0
        time.sleep(0.1)
    assert time.monotonic() - began < 5.0


def test_another_supervisor_takes_on_a_training_on_ray(stage: Stage, cluster: RayHead) -> None:
    first = ray_supervisor(stage, cluster)
    job = stage.submit(epochs=60)
    until(stage, first, lambda: running(stage, job))
    second = ray_supervisor(stage, cluster)
    until(stage, second, lambda: stage.job(job).is_final)
    job = stage.job(job)
    assert (job.state, job.attempt) == (State.SUCCEEDED, 1)


def test_stop_and_keep_best_on_ray_leads_to_a_model(stage: Stage, cluster: RayHead) -> None:
    supervisor = ray_supervisor(stage, cluster)
    job = stage.submit(epochs=1000)
    until(stage, supervisor, lambda: running(stage, job))
    stage.store.jobs.stop(LOCAL_USER, job.id, Stop.KEEP_BEST)
    until(stage, supervisor, lambda: stage.job(job).is_final)
    assert stage.job(job).state is State.SUCCEEDED
    assert stage.job(job).progress["epochs_done"] < 1000


def test_a_small_model_is_trained_for_real_on_ray(
    stage: Stage, cluster: RayHead, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_DATA", str(tiny_folder))
    monkeypatch.setenv("ARNCNN_MODEL", "/nowhere")
    engine = ray_engine(stage, cluster)
    supervisor = Supervisor(stage.store, engine, report=stage.said.append)
    spec = {"recipe": "paper", "epochs": 1, "batch_size": 16, "start": "scratch"}
    job = stage.store.jobs.submit(LOCAL_USER, spec)
    until(stage, supervisor, lambda: stage.job(job).is_final)
    job = stage.job(job)
    assert job.state is State.SUCCEEDED, (job.error, stage.said)
    assert stage.store.models.get(LOCAL_USER, job.result["model"]).gate["passes"]


def test_what_the_variables_name_is_supervised_by_the_command(
    stage: Stage, cluster: RayHead, tiny_folder: Path
) -> None:
    spec = {"recipe": "paper", "epochs": 1, "batch_size": 16, "start": "scratch"}
    job = stage.store.jobs.submit(LOCAL_USER, spec)
    told = {"ARNCNN_DATA": str(tiny_folder), "ARNCNN_MODEL": "/nowhere"}
    run = subprocess.run(
        [sys.executable, "-m", "arncnn", "jobs", "work", "--until-idle"],
        env={**os.environ, **cluster.variables(), **told, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert run.returncode == 0, run.stderr
    job = stage.job(job)
    assert (job.state, job.engine) == (State.SUCCEEDED, "ray"), (job.error, run.stderr)
    assert job.device == f"cpu:0@ray-127.0.0.1:{PORT}"


def test_a_training_gets_the_graphics_cards_it_asks_for_and_the_next_one_waits(
    stage: Stage, cluster: RayHead, tmp_path: Path
) -> None:
    engine = ray_engine(stage, cluster, gpus=1)
    assert engine.devices() == (f"gpu:0@ray-127.0.0.1:{PORT}",)
    show = "import os, time; print('sees', os.environ['CUDA_VISIBLE_DEVICES']); time.sleep(600)"
    launch = Launch("one", 1, (sys.executable, "-c", show), tmp_path, "gpu:0@x")
    first = engine.launch(launch)
    _wait(lambda: b"sees 0\n" in cluster.log(first).read_bytes(), cluster.log(first))
    second = engine.launch(Launch("two", 1, launch.command, tmp_path, "gpu:0@x"))
    for _ in range(20):  # it has asked for the only card, and gets nothing
        assert engine.poll(second).is_running and b"sees" not in engine.read(second, tmp_path, 0)
        time.sleep(0.1)
    engine.cancel(first)
    _wait(lambda: b"sees 0\n" in cluster.log(second).read_bytes(), cluster.log(second))
    engine.cancel(second)


def test_an_attempt_begins_only_when_the_one_before_is_over(
    stage: Stage, cluster: RayHead, tmp_path: Path
) -> None:
    engine = ray_engine(stage, cluster)
    stubborn = "import signal, time; signal.signal(15, print); print('up'); time.sleep(600)"
    words = (sys.executable, "-c", stubborn)
    first = engine.launch(Launch("job", 1, words, tmp_path, "cpu:0@x"))
    _wait(lambda: b"up\n" in cluster.log(first).read_bytes(), cluster.log(first))
    second = engine.launch(Launch("job", 2, words, tmp_path, "cpu:0@x"))
    assert not engine.poll(first).is_running
    assert engine.find("job", 2) == second and engine.poll(second).is_running
    assert engine.end_orphans({}) == 1
    _wait(lambda: not engine.poll(second).is_running, cluster.folder)


def test_a_submission_that_the_cluster_does_not_know_is_over_and_has_said_nothing(
    stage: Stage, cluster: RayHead, tmp_path: Path
) -> None:
    engine = ray_engine(stage, cluster)
    assert not engine.poll("arncnn-unknown-1").is_running
    assert engine.read("arncnn-unknown-1", tmp_path, 0) == b""
    engine.cancel("arncnn-unknown-1")


@pytest.mark.parametrize("token", [None, "not the token"])
def test_a_cluster_with_a_token_lets_nobody_in_without_it(
    cluster: RayHead, token: str | None
) -> None:
    engine = RayEngine(cluster.address, token=token, gpus=0)
    with pytest.raises(EngineAwayError, match="refused the token; set RAY_AUTH_TOKEN"):
        engine.find("x", 1)
    assert engine.devices() == ()


def test_the_token_of_the_variables_opens_the_cluster(
    cluster: RayHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cluster.variables().items():
        monkeypatch.setenv(name, value)
    assert engines.chosen().find("x", 1) is None  # it answers: there is no such attempt


def test_an_absent_cluster_is_said_in_a_sentence() -> None:
    with pytest.raises(EngineAwayError, match="does not answer"):
        RayEngine("http://127.0.0.1:1").find("x", 1)


def test_a_silent_cluster_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arncnn.jobs.engines.ray_cluster._TIMEOUT_S", (1.0, 1.0))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(EngineAwayError, match="does not answer"):
            RayEngine(address).find("x", 1)


def _wait(reached: Callable[[], bool], where: Path) -> None:
    assert wait_until(lambda: where.exists() and reached(), within_s=240)
