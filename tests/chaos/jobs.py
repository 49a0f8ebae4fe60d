"""Kill the supervisor and its trainers at random moments; nothing may be lost or done twice.

``python -m tests.chaos.jobs --kills 200`` runs the campaign in a folder of its own;
``python -m tests.chaos.jobs work`` is the supervisor that it starts and kills, with the light
trainer in place of the real one.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from arncnn.jobs import inputs, single
from arncnn.jobs.engines.local import MARK, LocalEngine
from arncnn.jobs.engines.process import Process, with_environment
from arncnn.jobs.supervisor import Supervisor
from arncnn.store import LOCAL_USER, Store
from arncnn.store.audit import AuditFilter
from arncnn.store.job import Job, State
from arncnn.store.verify import verify

ROOT = Path(__file__).resolve().parents[2]
LIGHT = ROOT / "tests/jobs/light_trainer.py"
DEVICE = "cpu:0@chaos"
LEASE_S = 3.0
EPOCHS = 4
_ATTEMPTS = 100_000  # kills are not the jobs' fault: none may be given up for them


@dataclass
class Campaign:
    """What was done and found."""

    kills: dict[str, int] = field(
        default_factory=lambda: {"supervisor": 0, "trainer": 0, "both": 0}
    )
    jobs: int = 0
    attempts: int = 0
    problems: list[str] = field(default_factory=list)
    audit_lines: int = 0
    duration_s: float = 0.0


def work() -> int:
    """The supervisor under fire."""
    store = Store.open()
    with single.supervisor_lock() as is_ours:
        if is_ours:
            Supervisor(
                store,
                LocalEngine((DEVICE,)),
                command=lambda folder: (sys.executable, str(LIGHT), str(folder)),
                lay_out=_lay_out,
                lease_s=LEASE_S,
            ).run()
    return 0


def _lay_out(store: Store, job: Job) -> Path:
    folder = inputs.folder_of(job.id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "training.json").write_text(json.dumps(dict(job.spec)))
    return folder


def campaign(kills: int, *, seed: int = 0, pause_s: tuple[float, float] = (0.2, 2.5)) -> Campaign:
    """Keep the queue filled and kill until ``kills`` are done; then let it come to an end.

    ``ARNCNN_HOME`` names the folder. A kill counts when a process was there to be killed.
    """
    rng, done, began = random.Random(seed), Campaign(), time.monotonic()
    store = Store.open()
    supervisor = _start()
    try:
        while sum(done.kills.values()) < kills:
            while store.jobs.list(LOCAL_USER, state=State.QUEUED, limit=1).total < 2:
                spec = {"recipe": "light", "epochs": EPOCHS, "source": None}
                store.jobs.submit(LOCAL_USER, spec, max_attempts=_ATTEMPTS)
                done.jobs += 1
            time.sleep(rng.uniform(*pause_s))
            target = rng.choice(("supervisor", "trainer", "trainer", "both"))
            if target != "supervisor":  # let one begin, however slow the machine is
                _until(lambda: bool(_trainers()), within_s=30.0)
                time.sleep(rng.uniform(0.0, 1.5))
            killed_trainer = target != "supervisor" and _kill_trainer()
            if target in ("supervisor", "both"):
                supervisor.kill()
                supervisor.wait()
                time.sleep(rng.choice((0.0, 0.1, 1.0)))
                supervisor = _start()
            if target == "both" and not killed_trainer:
                target = "supervisor"
            if target != "trainer" or killed_trainer:
                done.kills[target] += 1
        _until(lambda: not single.has_work(store), within_s=180.0)
    finally:
        supervisor.kill()
        supervisor.wait()
    _examine(store, done)
    done.duration_s = time.monotonic() - began
    store.close()
    return done


def _start() -> "subprocess.Popen[bytes]":
    with (single.folder() / "chaos.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.jobs", "work"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )


def _trainers() -> list[Process]:
    home = os.environ["ARNCNN_HOME"]
    found = with_environment(MARK)
    return [process for process, variables in found if variables.get("ARNCNN_JOB_HOME") == home]


def _kill_trainer() -> bool:
    trainers = _trainers()
    for process in trainers:
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
    return bool(trainers)


def _until(reached, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.2)


def _examine(store: Store, done: Campaign) -> None:
    """Every promise, each against what the store and the machine say."""
    jobs = store.jobs.list(LOCAL_USER, limit=100_000).jobs
    if len(jobs) != done.jobs:
        done.problems.append(f"{done.jobs} jobs were queued and {len(jobs)} are there")
    runs = store.runs.list(LOCAL_USER)
    models = store.models.list(LOCAL_USER)
    for job in jobs:
        done.attempts += job.attempt
        if job.state is not State.SUCCEEDED:
            done.problems.append(f"job {job.id} is {job.state.value}: {job.error}")
        for what, rows in (("runs", runs), ("models", models)):
            number = sum(row.job_id == job.id for row in rows)
            if number != 1:
                done.problems.append(f"job {job.id} has {number} {what}")
        where = AuditFilter(action="job.finish", subject=f"jobs:{job.id}")
        endings = store.audit.entries(LOCAL_USER, where).total
        if endings != 1:
            done.problems.append(f"job {job.id} was finished {endings} times")
    _until(lambda: not _trainers(), within_s=3.0)
    done.problems += [f"process {process} is an orphan" for process in _trainers()]
    found = verify(store, LOCAL_USER)
    done.audit_lines = found.entries
    done.problems += list(found.problems)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", nargs="?", default="campaign", choices=("campaign", "work"))
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.action == "work":
        return work()
    with tempfile.TemporaryDirectory(prefix="arncnn-chaos-") as folder:
        os.environ["ARNCNN_HOME"] = folder
        os.environ.pop("ARNCNN_DATABASE", None)
        done = campaign(arguments.kills, seed=arguments.seed)
        if done.problems:
            sys.stderr.write((single.folder() / "chaos.log").read_text()[-4000:])
    print(json.dumps(asdict(done), indent=1))
    return 1 if done.problems else 0


if __name__ == "__main__":
    sys.exit(main())
