"""Kill supervisor, trainer and dashboard at random moments; nothing may be lost or done twice.

``python -m tests.chaos.jobs --kills 200 --real 20`` runs the campaign: most kills hit a light
trainer in place of the real one, ``--real`` of them the real one on drawn pictures, every third
of those its supervisor too. Progress goes to standard error. With ``--home FOLDER`` the same
command goes on where an earlier one was stopped; ``--minutes`` stops it.

The processes under fire are those of ``tests.chaos.fire``; what must hold, ``examine``'s. The
dashboard is one that makes the retraining page's calls; ``tests.chaos.dashboard`` kills the
served one.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from arncnn import config
from arncnn.jobs import single
from arncnn.store import LOCAL_USER, Store
from arncnn.store.job import State
from arncnn.store.verify import verify
from tests.chaos import examine
from tests.chaos.fire import Processes, enough, watching
from tests.waiting import wait_until

TARGETS = {
    "light": ("supervisor", "trainer", "trainer", "both", "dashboard"),
    "real": ("trainer", "trainer", "both"),
}
COUNTED = {  # a kill of both counts once
    "light": {name: name for name in TARGETS["light"]},
    "real": {"trainer": "real trainer", "both": "real trainer and supervisor"},
}
_PATIENCE_S = 1800.0  # a slow machine is no finding
_WHILE_STARTING = 0.2  # so often supervisor and dashboard are hit without waiting for them


@dataclass
class Campaign:
    """What was done and found; kept in ``campaign.json`` after every kill.

    Attributes:
        kills: by what was hit. One counts when the process was alive.
        at_work: of the supervisors hit, so many held the lock; of the dashboards, so many had
            opened the store. The others were hit while starting.
        real_moments: what the real trainers that were hit had last told of.
        run_s: how long a trainer of each kind lives that nobody kills.
        jobs: in all.
        attempts: at them; every attempt above the jobs is one that a kill ended.
        looks: how often was looked whether two attempts are at one job.
        problems: what was found, in words.
        audit_lines: of the chain that was verified.
        duration_s: of the campaign.
        is_complete: whether all kills were done and everything was looked at.
    """

    kills: dict[str, int] = field(
        default_factory=lambda: {name: 0 for kind in COUNTED.values() for name in kind.values()}
    )
    at_work: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("supervisor", "dashboard"), 0)
    )
    real_moments: dict[str, int] = field(default_factory=dict)
    run_s: dict[str, float] = field(default_factory=dict)
    jobs: int = 0
    attempts: int = 0
    looks: int = 0
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

    ``ARNCNN_HOME`` names the folder; a campaign begun there goes on.

    Args:
        kills: in all.
        real: of them on the real trainer.
        seed: of the moments and targets.
        pause_s: between kills, from and to.
        until_s: monotonic time at which it stops, to go on another time.
    """
    done, began = _begun(), time.monotonic()
    store = Store.open()
    before_s = done.duration_s
    for kind, wanted in (("light", kills - real), ("real", kills)):
        if done.done >= wanted or time.monotonic() > until_s:
            continue
        enough().unlink(missing_ok=True)
        with Processes(kind) as fire:
            shots = Shots(kind, random.Random(seed + done.done), store, fire, done)
            shots.rehearse()
            while done.done < wanted and time.monotonic() < until_s:
                shots.pause(pause_s)
                shots.one()
                done.duration_s = before_s + time.monotonic() - began
                _keep(done)
                _tell(done, kills)
            enough().touch()
            wait_until(lambda: not single.has_work(store), _PATIENCE_S)
    if done.done >= kills and not done.is_complete:
        done.jobs, done.attempts = examine.jobs_and_attempts(store)
        done.problems += examine.problems(store)
        done.audit_lines = verify(store, LOCAL_USER).entries
        done.is_complete = True
    done.duration_s = before_s + time.monotonic() - began
    _keep(done)
    store.close()
    return done


class Shots:
    """One kill after the other, at one kind of trainer."""

    def __init__(
        self, kind: str, rng: random.Random, store: Store, fire: Processes, done: Campaign
    ) -> None:
        self._kind, self._rng, self._store = kind, rng, store
        self._fire, self._done = fire, done

    def rehearse(self) -> None:
        """Let one trainer live, to know the moments at which one can be hit."""
        if self._kind in self._done.run_s:
            return
        wait_until(lambda: bool(examine.trainers()), _PATIENCE_S)
        began = time.monotonic()
        process, _ = examine.trainers()[0]
        wait_until(lambda: not process.is_alive, _PATIENCE_S)
        self._done.run_s[self._kind] = round(time.monotonic() - began, 2)

    def pause(self, pause_s: tuple[float, float]) -> None:
        """Wait a moment, and look whether all is as it should be."""
        time.sleep(self._rng.uniform(*pause_s))
        self._done.looks += 1
        self._done.problems += examine.doubled()
        for name in ("supervisor", "dashboard"):
            if getattr(self._fire, name).poll() is not None:
                self._done.problems.append(f"a {name} ended by itself; see chaos.log")
                setattr(self._fire, name, self._fire.start(name))

    def one(self) -> None:
        """Hit one target; one that was not there to be hit does not count."""
        target = self._rng.choice(TARGETS[self._kind])
        hit = {
            "dashboard": self._dashboard,
            "supervisor": self._supervisor,
            "trainer": self._trainer,
            "both": self._both,
        }[target]()
        if hit:
            self._done.kills[COUNTED[self._kind][hit]] += 1

    def _dashboard(self) -> str:
        sign = watching(self._fire.dashboard.pid)
        return self._struck("dashboard", sign.exists)

    def _supervisor(self) -> str:
        return self._struck("supervisor", single.is_supervised, (0.0, 0.1, 1.0))

    def _struck(
        self, name: str, is_at_work: Callable[[], bool], pauses: tuple[float, ...] = (0.0,)
    ) -> str:
        """Kill a process of that name and start it again; its name if it was there to be hit."""
        if self._rng.random() > _WHILE_STARTING:
            wait_until(is_at_work, _PATIENCE_S)
        process = getattr(self._fire, name)
        was_there = process.poll() is None
        self._done.at_work[name] += was_there and is_at_work()
        process.kill()
        process.wait()
        time.sleep(self._rng.choice(pauses))
        setattr(self._fire, name, self._fire.start(name))
        return name if was_there else ""

    def _trainer(self) -> str:
        wait_until(lambda: bool(examine.trainers()), _PATIENCE_S)  # let one begin
        time.sleep(self._rng.uniform(0.0, self._done.run_s[self._kind]))
        moment = self._moment()
        if not examine.kill_trainers():
            return ""
        if self._kind == "real":
            moments = self._done.real_moments
            moments[moment] = moments.get(moment, 0) + 1
        return "trainer"

    def _both(self) -> str:
        trainer, supervisor = self._trainer(), self._supervisor()
        if self._kind == "real" and not trainer:
            return ""  # only what hits the real trainer counts here
        return "both" if trainer and supervisor else trainer or supervisor

    def _moment(self) -> str:
        """What the job at work has told of last: its stage, or that it is starting."""
        running = self._store.jobs.list(LOCAL_USER, state=State.RUNNING, limit=1).jobs
        if not running or running[0].progress.get("attempt") != running[0].attempt:
            return "starting"
        return str(running[0].progress.get("stage", "starting"))


def _begun() -> Campaign:
    file = config.jobs_folder() / "campaign.json"
    return Campaign(**json.loads(file.read_text())) if file.exists() else Campaign()


def _keep(done: Campaign) -> None:
    file = config.jobs_folder() / "campaign.json"
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(done)))
    temporary.replace(file)


def _tell(done: Campaign, kills: int) -> None:
    hits = ", ".join(f"{name} {number}" for name, number in done.kills.items() if number)
    sys.stderr.write(
        f"{done.done} of {kills} kills ({hits}) in {done.duration_s / 60:.1f} minutes, "
        f"{len(done.problems)} problems\n"
    )


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
            sys.stderr.write(examine.log_tail())
    sys.stdout.write(json.dumps(asdict(done), indent=1) + "\n")
    return 1 if done.problems else 0


if __name__ == "__main__":
    sys.exit(main())
