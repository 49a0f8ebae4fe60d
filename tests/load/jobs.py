"""How soon a cancelled training is gone, and how soon its progress can be read.

``python -m tests.load.jobs`` queues real trainings on drawn pictures, has ``python -m arncnn jobs
work`` carry them out as in service, and cancels each in the core while it trains; where Ray is
installed, then the same on a Ray head of this machine. JSON goes to standard output; ``--out``
also keeps it beside the other measurements. The pages show what is in the store twice a second.
"""

import argparse
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from arncnn.jobs import inputs, plan
from arncnn.jobs.engines.base import log_of
from arncnn.jobs.engines.process import Process
from arncnn.jobs.training_spec import TrainingSpec
from arncnn.store import LOCAL_USER, Store
from arncnn.store.job import Job, State
from tests.chaos.fire import drawn_data
from tests.jobs.ray_head import ray_head
from tests.load import stored

ROOT = Path(__file__).resolve().parents[2]
CANCEL_TARGET_S = {"local": 2.0, "ray": 5.0}
PROGRESS_TARGET_S = 1.0
_LOOK_EVERY_S = 0.02
_PATIENCE_S = 900.0
_EPOCHS = 1000  # more than anybody waits for: it is cancelled


def measure(engine: str, repeats: int, watch_s: float, logs: Callable[[Job], Path]) -> dict:
    """Train, watch and cancel that often; seconds, with n, median and worst.

    Args:
        engine: "local" or "ray", as the supervisor at work was told.
        repeats: trainings, one after the other.
        watch_s: how long the progress of each is watched.
        logs: where a job's trainer prints to.
    """
    rng = random.Random(0)
    store = Store.open()
    seen: dict[str, list[float]] = {"progress": [], "gone": [], "marked": [], "both": []}
    for number in range(repeats):
        job = _training(store, seed=number)
        seen["progress"] += _delays(store, job, logs(job), watch_s)
        time.sleep(rng.uniform(0.0, 1.0))  # at any moment of a step and of the supervisor's round
        gone_s, marked_s = _cancel(store, job)
        seen["gone"].append(gone_s)
        seen["marked"].append(marked_s)
        seen["both"].append(max(gone_s, marked_s))
        sys.stderr.write(f"{engine}: {number + 1} of {repeats}\n")
    store.close()
    return {
        "cancelled_and_gone_s": _figures(seen["both"], CANCEL_TARGET_S[engine]),
        "trainer_gone_s": _figures(seen["gone"]),
        "marked_cancelled_s": _figures(seen["marked"]),
        "progress_readable_s": _figures(seen["progress"], PROGRESS_TARGET_S),
    }


def _training(store: Store, seed: int) -> Job:
    """A job whose trainer takes steps, for long: the paper's recipe ends once it has dwelt."""
    spec = TrainingSpec("robust", epochs=_EPOCHS, seed=seed, batch_size=4)
    drawn = plan.make_plan(store, LOCAL_USER, spec)
    job = plan.submit(store, LOCAL_USER, drawn)
    _until(lambda: "step" in store.jobs.get(LOCAL_USER, job.id).progress)
    return store.jobs.get(LOCAL_USER, job.id)


def _delays(store: Store, job: Job, log: Path, watch_s: float) -> list[float]:
    """From the moment a line stands in the trainer's log to that of its being in the store."""
    delays: list[float] = []
    printed: list[tuple[float, int]] = []
    size, began = log.stat().st_size, time.monotonic()
    while printed or time.monotonic() - began < watch_s:
        if time.monotonic() - began > _PATIENCE_S:
            raise RuntimeError("what the trainer printed never came to the store")
        grown = log.stat().st_size
        if grown > size and time.monotonic() - began < watch_s:
            size = grown
            printed.append((time.monotonic(), size))
        offset = store.jobs.get(LOCAL_USER, job.id).progress["log_offset"]
        now = time.monotonic()
        delays += [now - at for at, end in printed if end <= offset]
        printed = [(at, end) for at, end in printed if end > offset]
        time.sleep(_LOOK_EVERY_S)
    return delays


def _cancel(store: Store, job: Job) -> tuple[float, float]:
    """Seconds until every process of the trainer was gone, and until the job was marked."""
    processes = list(_naming(str(inputs.folder_of(job.id))))
    if not processes:
        raise RuntimeError("there is no trainer to be cancelled")
    gone_s = marked_s = 0.0
    began = time.monotonic()
    store.jobs.stop(LOCAL_USER, job.id)
    while not gone_s or not marked_s:
        now = time.monotonic() - began
        if now > _PATIENCE_S:
            raise RuntimeError("the training was never cancelled")
        if not gone_s and not any(process.is_alive for process in processes):
            gone_s = now
        if not marked_s and store.jobs.get(LOCAL_USER, job.id).state is State.CANCELLED:
            marked_s = now
        time.sleep(_LOOK_EVERY_S)
    return gone_s, marked_s


def _naming(text: str) -> Iterator[Process]:
    """The processes whose command line has that text: the trainer, and what wraps it."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:  # ended meanwhile
            continue
        process = Process.of(int(entry.name)) if text.encode() in words else None
        if process is not None:
            yield process


def _figures(values: list[float], target_s: float | None = None) -> dict[str, Any]:
    found = {"n": len(values), "median": statistics.median(values), "worst": max(values)}
    return found if target_s is None else {**found, "target": target_s}


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not reached():
        if time.monotonic() > deadline:
            raise RuntimeError("no training began; see the supervisor's log")
        time.sleep(0.2)


@contextmanager
def supervised(variables: Mapping[str, str]) -> Iterator[None]:
    """The command that carries out trainings, at work for a block."""
    with (Path(os.environ["ARNCNN_HOME"]) / "work.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "arncnn", "jobs", "work"],
            cwd=ROOT,
            env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        supervisor.kill()
        supervisor.wait()


def main() -> int:
    """Measures; 0 when everything was measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.jobs", description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--watch-seconds", type=float, default=10.0)
    parser.add_argument("--engine", choices=("local", "ray"), help="this one only")
    parser.add_argument("--out", type=Path, help="add it to that file, under 'jobs'")
    asked = parser.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    for engine in ("local", "ray"):
        if asked.engine not in (None, engine):
            continue
        if engine == "ray" and importlib.util.find_spec("ray") is None:
            sys.stderr.write("Ray is not installed (make test-ray): not measured.\n")
            continue
        with tempfile.TemporaryDirectory(prefix="arncnn-load-") as home:
            os.environ |= {"ARNCNN_HOME": home, "ARNCNN_MODEL": "/nowhere"}
            os.environ["ARNCNN_DATA"] = str(drawn_data())
            found[engine] = _on(engine, asked.repeats, asked.watch_seconds)
    if asked.out:
        stored.add(asked.out, {"jobs": found})
    json.dump(found, sys.stdout, indent=1)
    return 0


def _on(engine: str, repeats: int, watch_s: float) -> dict:
    if engine == "local":
        with supervised({"ARNCNN_ENGINE": "local"}):
            return measure(
                engine, repeats, watch_s, lambda job: log_of(inputs.folder_of(job.id), job.attempt)
            )
    with ray_head() as head, supervised(head.variables()):
        return measure(engine, repeats, watch_s, lambda job: head.log(job.engine_ref or ""))


if __name__ == "__main__":
    sys.exit(main())
