"""A training that asks for more memory than it may have fails in a sentence; nothing else does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from arncnn.errors import UsageError
from arncnn.jobs import attempt, memory, supervisor
from arncnn.jobs.engines.local import LocalEngine
from arncnn.store.job import State
from tests.jobs.conftest import DEVICE, Stage, lay_out_light

GREEDY = Path(__file__).with_name("greedy_trainer.py")

pytestmark = pytest.mark.attack


def test_three_quarters_of_the_memory_are_the_limit_unless_a_setting_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ARNCNN_TRAINING_GB", raising=False)
    monkeypatch.setattr(memory, "_machine_bytes", lambda: 16 * 10**9)
    assert memory.most_bytes() == 12 * 10**9
    monkeypatch.setenv("ARNCNN_TRAINING_GB", "2.5")
    assert memory.most_bytes() == 2_500_000_000
    monkeypatch.setenv("ARNCNN_TRAINING_GB", "0")
    assert memory.most_bytes() is None


def test_a_containers_limit_is_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "max").write_text("max\n")
    (tmp_path / "limit").write_text("4000000000\n")
    monkeypatch.setattr(memory, "_OF_CONTAINER", (tmp_path / "max", tmp_path / "limit"))
    assert memory._machine_bytes() == 4 * 10**9


@pytest.mark.parametrize("words", ["much", "-1", "0.2", "nan", "inf"])
def test_a_setting_that_is_no_memory_is_refused_in_a_sentence(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_TRAINING_GB", words)
    with pytest.raises(UsageError, match="memory for a training in gigabytes"):
        memory.most_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux heeds the limit")
def test_what_is_asked_for_beyond_the_limit_is_refused() -> None:
    code = (
        "from arncnn.jobs import memory; memory.limit()\n"
        "import numpy\n"
        "numpy.ones(10**8, 'u1')\n"
        "try: numpy.ones(10**10, 'u1')\n"
        "except MemoryError: raise SystemExit(9)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"ARNCNN_TRAINING_GB": "1.5"},
        timeout=120,
    )
    assert run.returncode == 9


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux heeds the limit")
def test_a_trainer_that_takes_all_it_can_is_a_failed_job_with_a_sentence(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_TRAINING_GB", "1.5")
    engine = LocalEngine((DEVICE,))
    stage.engines.append(engine)
    watching = supervisor.Supervisor(
        stage.store,
        engine,
        command=lambda folder: (sys.executable, str(GREEDY), str(folder)),
        prepare_inputs=lay_out_light,
        report=stage.said.append,
    )
    job = stage.submit(epochs=1)
    job = stage.finish(watching, job)
    assert (job.state, job.attempt) == (State.FAILED, 1)
    assert "ran out of memory" in job.error and "ARNCNN_TRAINING_GB" in job.error
    assert "model in service is untouched" in job.error


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_real_training_fits_into_the_least_that_can_be_asked_for(
    home: Path,
    tiny_folder: Path,
) -> None:
    spec = {"recipe": "paper", "epochs": 1, "batch_size": 16, "source": str(tiny_folder)}
    (home / "job").mkdir(parents=True)
    (home / "job" / attempt.SPEC).write_text(json.dumps({**spec, "start": "scratch"}))
    run = subprocess.run(
        [sys.executable, "-m", "arncnn.jobs.attempt", str(home / "job")],
        env=os.environ | {"ARNCNN_TRAINING_GB": str(memory._LEAST_GB)},
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert json.loads(run.stdout.splitlines()[-1])["event"] == "done", run.stderr[-2000:]
