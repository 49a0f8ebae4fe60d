"""A Ray head that dies with all it knew, while a training runs on it."""

import subprocess
from importlib.util import find_spec

import pytest

from arncnn.jobs.engines.ray import RayEngine
from arncnn.jobs.supervisor import Supervisor
from arncnn.store import LOCAL_USER
from arncnn.store.job import State
from tests.jobs.conftest import Stage, lay_out_light, light_command
from tests.jobs.ray_head import TRAINER_PYTHON, ray_head
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.ray,
    pytest.mark.timeout(900),
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: make test-extras"),
]


def test_a_training_whose_head_died_goes_on_from_its_checkpoint_on_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stage.submit(epochs=400)
    with ray_head() as head:
        engine = RayEngine(head.address, token=head.token, gpus=0, cpus=1, python=TRAINER_PYTHON)
        supervisor = Supervisor(
            stage.store,
            engine,
            command=light_command,
            prepare_inputs=lay_out_light,
            lease_s=900.0,  # only the new head's word can end the attempt
            report=stage.said.append,
        )
        stage.until(
            supervisor, lambda: stage.job(job).progress.get("epochs_done", 0) >= 1, within_s=240
        )
    _trainer_is_gone(job.id)
    supervisor.tick()
    assert any("does not answer" in sentence for sentence in stage.said)
    assert stage.job(job).state is State.RUNNING
    with ray_head(head.token):
        stage.until(supervisor, lambda: _attempts_begun(stage, job.id) == 2, within_s=240)
        begun = [e for e in stage.store.jobs.events(LOCAL_USER, job.id) if e.kind == "start"]
        assert begun[1].payload["epoch"] >= 1
        stage.store.jobs.stop(LOCAL_USER, job.id)
        stage.until(supervisor, lambda: stage.job(job).is_final, within_s=240)
        assert (stage.job(job).state, stage.job(job).attempt) == (State.CANCELLED, 2)


def _attempts_begun(stage: Stage, job_id: str) -> int:
    return sum(e.kind == "start" for e in stage.store.jobs.events(LOCAL_USER, job_id))


def _trainer_is_gone(job_id: str) -> None:
    """Ray ends what it started, also when it is killed."""
    looked = ["pgrep", "-f", f"light_trainer.*{job_id}"]
    assert wait_until(lambda: not subprocess.run(looked, capture_output=True).stdout)
