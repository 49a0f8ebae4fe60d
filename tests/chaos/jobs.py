"""Kill supervisor, trainer and dashboard at random moments; nothing may be lost or done twice.

``python -m tests.chaos.jobs --kills 200 --real 20`` runs the campaign: most kills hit a light
trainer in place of the real one, ``--real`` of them the real one on drawn pictures. With
``--home FOLDER`` the same command goes on where an earlier one was stopped; ``--minutes`` stops it.

The processes under fire are those of ``tests.chaos.fire``.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from arncnn.jobs import single
from arncnn.jobs.engines.local import MARK
from arncnn.jobs.engines.process import Process, with_environment
from arncnn.store import LOCAL_USER, Store
from arncnn.store.audit import AuditFilter
from arncnn.store.job import State
from arncnn.store.verify import verify
from tests.chaos.fire import Processes, acknowledged, enough

TARGETS = ("supervisor", "trainer", "trainer", "both", "dashboard")
REAL_RUN_S = 25.0  # about what the real trainer needs on an idle machine, start to end
_PATIENCE_S = 1800.0  # a slow machine is no finding


@dataclass
class Campaign:
    """What was done and found; kept in ``campaign.json`` after every kill."""

    kills: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys((*TARGETS, "real trainer"), 0)
    )
    jobs: int = 0
    attempts: int = 0
    problems: list[str] = field(default_factory=list)
    audit_lines: int = 0
    duration_s: float = 0.0
    is_complete: bool = False

    @property
    def done(self) -> int:
        """Kills so far."""
        return sum(self.kills.values())


def campaign(
    kills: int,
    *,
    real: int = 0,
    seed: int = 0,
    pause_s: tuple[float, float] = (0.2, 2.5),
    until_s: float = float("inf"),
) -> Campaign:
    """Kill until ``kills`` are done, ``real`` of them on the real trainer; then look for losses.

    ``ARNCNN_HOME`` names the folder; a campaign begun there goes on. A kill counts when a
    process was there to be killed.

    Args:
        kills: in all.
        real: of them on the real trainer.
        seed: of the moments and targets.
        pause_s: between kills, from and to.
        until_s: monotonic time at which it stops, to go on another time.
    """
    done, began = _begun(), time.monotonic()
    rng = random.Random(seed + done.done)
    store = Store.open()
    before_s = done.duration_s
    for kind, wanted in (("light", kills - real), ("real", kills)):
        if done.done >= wanted or time.monotonic() > until_s:
            continue
        enough().unlink(missing_ok=True)
        with Processes(kind) as fire:
            while done.done < wanted and time.monotonic() < until_s:
                _kill_one(rng, kind, pause_s, fire, done)
                done.duration_s = before_s + time.monotonic() - began
                _keep(done)
            enough().touch()
            _until(lambda: not single.has_work(store), within_s=_PATIENCE_S)
    done.is_complete = done.done >= kills
    if done.is_complete:
        _examine(store, done)
    done.duration_s = before_s + time.monotonic() - began
    _keep(done)
    store.close()
    return done


def _kill_one(
    rng: random.Random, kind: str, pause_s: tuple[float, float], fire: Processes, done: Campaign
) -> None:
    time.sleep(rng.uniform(*pause_s))
    target = rng.choice(TARGETS) if kind == "light" else "trainer"
    if target == "dashboard":
        done.kills[target] += fire.dashboard.poll() is None
        fire.dashboard.kill()
        fire.dashboard.wait()
        fire.dashboard = fire.start("watch")
        return
    if target != "supervisor":  # let one begin, however slow the machine is
        _until(lambda: bool(_trainers()), within_s=_PATIENCE_S)
        time.sleep(rng.uniform(0.0, 1.5 if kind == "light" else REAL_RUN_S))
    killed_trainer = target != "supervisor" and _kill_trainer()
    if target in ("supervisor", "both"):
        fire.supervisor.kill()
        fire.supervisor.wait()
        time.sleep(rng.choice((0.0, 0.1, 1.0)))
        fire.supervisor = fire.start("work")
    if target == "both" and not killed_trainer:
        target = "supervisor"
    if target != "trainer" or killed_trainer:
        done.kills["real trainer" if kind == "real" else target] += 1


def _begun() -> Campaign:
    file = single.folder() / "campaign.json"
    return Campaign(**json.loads(file.read_text())) if file.exists() else Campaign()


def _keep(done: Campaign) -> None:
    file = single.folder() / "campaign.json"
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(done)))
    temporary.replace(file)


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


def _until(reached: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.2)


def _examine(store: Store, done: Campaign) -> None:
    """Every promise, each against what the store and the machine say."""
    jobs = store.jobs.list(LOCAL_USER, limit=100_000).jobs
    done.jobs, done.attempts = len(jobs), sum(job.attempt for job in jobs)
    lost = set(acknowledged().read_text().split()) - {job.id for job in jobs}
    done.problems += [f"job {job_id} was accepted and is gone" for job_id in sorted(lost)]
    runs = store.runs.list(LOCAL_USER)
    models = store.models.list(LOCAL_USER)
    for job in jobs:
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
    _until(lambda: not _trainers(), within_s=30.0)
    done.problems += [f"process {process} is an orphan" for process in _trainers()]
    found = verify(store, LOCAL_USER)
    done.audit_lines = found.entries
    done.problems += list(found.problems)


def main() -> int:
    """Run the campaign; 0 when nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--real", type=int, default=20, help="of them on the real trainer")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--home", type=Path, help="keep the campaign there and go on with it")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="then stop, to go on")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="arncnn-chaos-") as folder:
        os.environ["ARNCNN_HOME"] = str((arguments.home or Path(folder)).resolve())
        os.environ.pop("ARNCNN_DATABASE", None)
        done = campaign(
            arguments.kills,
            real=arguments.real,
            seed=arguments.seed,
            until_s=time.monotonic() + 60.0 * arguments.minutes,
        )
        if done.problems:
            sys.stderr.write((single.folder() / "chaos.log").read_text()[-4000:])
    sys.stdout.write(json.dumps(asdict(done), indent=1) + "\n")
    return 1 if done.problems else 0


if __name__ == "__main__":
    sys.exit(main())
