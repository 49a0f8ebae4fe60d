"""The processes that a campaign of kills hits: a supervisor, and what stands for the dashboard.

``python -m tests.chaos.fire supervisor`` supervises, with the light trainer or the real one on
drawn pictures; ``dashboard`` makes the calls of the retraining page, submitting among them. Both
end with the campaign, however it ends.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

from arncnn import config
from arncnn.errors import StoreError
from arncnn.jobs import inputs, single
from arncnn.jobs.engines.local import LocalEngine
from arncnn.jobs.supervisor import Supervisor
from arncnn.jobs.training_spec import FROM_SCRATCH, TrainingSpec
from arncnn.store import LOCAL_USER, Store
from arncnn.store.job import Job, State

ROOT = Path(__file__).resolve().parents[2]
LIGHT = ROOT / "tests/jobs/light_trainer.py"
DEVICE = "cpu:0@chaos"
LEASE_S = 3.0
_WAIT_FOR_LOCK_S = 60.0  # the campaign looks whether it is held, and one before may still die
EPOCHS = 4
_ATTEMPTS = 100_000  # kills are not the jobs' fault: none may be given up for them


def work(kind: str) -> int:
    """The supervisor under fire."""
    store = Store.open()
    is_real = kind == "real"
    with single.supervisor_lock(_WAIT_FOR_LOCK_S) as held:
        if held is not None:
            Supervisor(
                store,
                LocalEngine((DEVICE,)),
                command=inputs.command if is_real else _light_command,
                prepare_inputs=inputs.prepare_inputs if is_real else _prepare_inputs,
                lease_s=LEASE_S,
            ).run()
    return 0


def watch(kind: str) -> int:
    """The dashboard under fire: looks at trainings and keeps two in the queue."""
    store = Store.open()
    log = os.open(acknowledged(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    watching(os.getpid()).touch()
    while True:
        time.sleep(0.05)
        try:
            for job in store.jobs.list(LOCAL_USER, limit=5).jobs:
                store.jobs.events(LOCAL_USER, job.id)
            waiting = store.jobs.list(LOCAL_USER, state=State.QUEUED, limit=1).total
            if waiting >= 2 or enough().exists():
                continue
            number = store.jobs.list(LOCAL_USER, limit=1).total
            job = store.jobs.submit(LOCAL_USER, _spec(kind, number), max_attempts=_ATTEMPTS)
        except StoreError:  # busy: nothing was accepted
            continue
        os.write(log, f"{job.id}\n".encode())


class Processes:
    """The supervisor and the dashboard, started again whenever they were killed."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __enter__(self) -> "Processes":
        self.supervisor, self.dashboard = self.start("supervisor"), self.start("dashboard")
        return self

    def __exit__(self, *error: object) -> None:
        for process in (self.dashboard, self.supervisor):
            process.kill()
            process.wait()

    def start(self, action: str) -> "subprocess.Popen[bytes]":
        with (config.jobs_folder() / "chaos.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.fire", action, "--trainer", self.kind],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **_environment(self.kind), "PYTHONPATH": str(ROOT)},
            )


def enough() -> Path:
    """While this file is there nothing more is submitted."""
    return config.jobs_folder() / "enough"


def _light_command(folder: Path) -> tuple[str, ...]:
    return (sys.executable, str(LIGHT), str(folder))


def _prepare_inputs(store: Store, job: Job) -> Path:
    folder = inputs.folder_of(job.id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "training.json").write_text(json.dumps(dict(job.spec)))
    return folder


def _spec(kind: str, number: int) -> dict:
    """What a job trains; every real one with a seed, and so a model, of its own."""
    if kind == "light":
        return {"recipe": "light", "epochs": EPOCHS, "source": None}
    return TrainingSpec(
        "paper", epochs=2, seed=number, batch_size=16, start=FROM_SCRATCH, use_corrections=False
    ).to_json()


def _environment(kind: str) -> dict[str, str]:
    if kind == "light":
        return {}
    return {"ARNCNN_DATA": str(drawn_data()), "ARNCNN_MODEL": "/nowhere"}


def drawn_data() -> Path:
    """Two classes of drawn pictures, enough for the real trainer to have all its parts."""
    folder = config.jobs_folder() / "data"
    generator = np.random.default_rng(0)
    shapes = {"Bar": lambda at: np.s_[at : at + 9, :], "Post": lambda at: np.s_[:, at : at + 9]}
    for label, shape in shapes.items():
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(30):
            file = folder / label / f"{number:03}.jpeg"
            picture = generator.normal(60, 10, (64, 64))
            at = int(generator.integers(16, 48))
            picture[shape(at)] += 90
            if not file.exists():
                Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(file)
    return folder


def watching(pid: int) -> Path:
    """There once the dashboard with that number is at work."""
    return config.jobs_folder() / f"watching-{pid}"


def acknowledged() -> Path:
    """The ids of jobs that the store accepted, one a line."""
    return config.jobs_folder() / "acknowledged"


def main() -> int:
    """Be one of the processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("supervisor", "dashboard"))
    parser.add_argument("--trainer", default="light", choices=("light", "real"))
    arguments = parser.parse_args()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    act = {"supervisor": work, "dashboard": watch}[arguments.action]
    return act(arguments.trainer)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
