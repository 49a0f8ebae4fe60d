"""Trainings on a real Ray head of this machine, started for these tests."""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arncnn.errors import JobError
from arncnn.jobs.engines.ray import RayEngine
from arncnn.jobs.supervisor import Supervisor
from arncnn.store import LOCAL_USER
from arncnn.store.job import Job, State, Stop
from tests.jobs.conftest import Stage, lay_out_light, light_command

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]
pytest.importorskip("ray", reason="Ray is not installed: make test-ray")

PORT = 8899
ADDRESS = f"http://127.0.0.1:{PORT}"
TOKEN = secrets.token_hex(32)
TRAINER_PYTHON = os.environ.get("ARNCNN_RAY_PYTHON", sys.executable)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A head with its dashboard, on its own ports and in its own folder, closed by a token."""
    ray = shutil.which("ray", path=str(Path(sys.executable).parent)) or "ray"
    folder = Path("/tmp") / f"ray-{os.getpid()}"  # short: Ray's sockets lie in it
    environment = {
        **os.environ,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": TOKEN,
    }
    subprocess.run(
        [
            ray, "start", "--head", "--port=6399", f"--dashboard-port={PORT}", "--num-cpus=2",
            "--include-dashboard=true", "--dashboard-host=127.0.0.1", "--disable-usage-stats",
            "--object-store-memory=100000000", f"--temp-dir={folder}",
        ],
        check=True, env=environment, capture_output=True, timeout=300,
    )  # fmt: skip
    yield ADDRESS
    subprocess.run([ray, "stop", "--force"], check=False, env=environment, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def ray_supervisor(stage: Stage, address: str) -> Supervisor:
    engine = RayEngine(address, token=TOKEN, gpus=0, cpus=1, python=TRAINER_PYTHON)
    stage.engines.append(engine)
    return Supervisor(
        stage.store, engine, command=light_command, lay_out=lay_out_light, say=stage.said.append
    )


def until(stage: Stage, supervisor: Supervisor, reached: Callable[[], bool]) -> None:
    stage.until(supervisor, reached, within_s=240)


def running(stage: Stage, job: Job) -> bool:
    return stage.job(job).progress.get("epochs_done", 0) >= 1


def test_a_training_on_ray_reports_its_epochs_and_its_model_is_registered(
    stage: Stage, cluster: str
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
    stage: Stage, cluster: str, monkeypatch: pytest.MonkeyPatch
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


def test_another_supervisor_takes_on_a_training_on_ray(stage: Stage, cluster: str) -> None:
    first = ray_supervisor(stage, cluster)
    job = stage.submit(epochs=60)
    until(stage, first, lambda: running(stage, job))
    second = ray_supervisor(stage, cluster)
    until(stage, second, lambda: stage.job(job).is_final)
    job = stage.job(job)
    assert (job.state, job.attempt) == (State.SUCCEEDED, 1)


def test_stop_and_keep_best_on_ray_leads_to_a_model(stage: Stage, cluster: str) -> None:
    supervisor = ray_supervisor(stage, cluster)
    job = stage.submit(epochs=1000)
    until(stage, supervisor, lambda: running(stage, job))
    stage.store.jobs.stop(LOCAL_USER, job.id, Stop.KEEP_BEST)
    until(stage, supervisor, lambda: stage.job(job).is_final)
    assert stage.job(job).state is State.SUCCEEDED
    assert stage.job(job).progress["epochs_done"] < 1000


def test_a_small_model_is_trained_for_real_on_ray(
    stage: Stage, cluster: str, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_DATA", str(tiny_folder))
    monkeypatch.setenv("ARNCNN_MODEL", "/nowhere")
    engine = RayEngine(cluster, token=TOKEN, gpus=0, cpus=1, python=TRAINER_PYTHON)
    stage.engines.append(engine)
    supervisor = Supervisor(stage.store, engine, say=stage.said.append)
    spec = {"recipe": "paper", "epochs": 1, "batch_size": 16, "start": "scratch"}
    job = stage.store.jobs.submit(LOCAL_USER, spec)
    until(stage, supervisor, lambda: stage.job(job).is_final)
    job = stage.job(job)
    assert job.state is State.SUCCEEDED, (job.error, stage.said)
    assert stage.store.models.get(LOCAL_USER, job.result["model"]).gate["passes"]


@pytest.mark.parametrize("token", [None, "not the token"])
def test_a_cluster_with_a_token_lets_nobody_in_without_it(cluster: str, token: str | None) -> None:
    engine = RayEngine(cluster, token=token, gpus=0)
    with pytest.raises(JobError, match="refused the token; set RAY_AUTH_TOKEN"):
        engine.find("x", 1)


def test_an_absent_cluster_is_said_in_a_sentence() -> None:
    with pytest.raises(JobError, match="does not answer"):
        RayEngine("http://127.0.0.1:1").find("x", 1)
