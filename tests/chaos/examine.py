"""What a campaign of kills must find in the end, each against what store and machine say."""

import os
import signal
from collections import Counter
from collections.abc import Iterator

from arncnn import config
from arncnn.jobs import inputs
from arncnn.jobs.engines.base import log_of
from arncnn.jobs.engines.local import MARK
from arncnn.jobs.engines.process import Process, with_environment
from arncnn.store import LOCAL_USER, Store
from arncnn.store.audit import AuditFilter
from arncnn.store.job import State
from arncnn.store.verify import verify
from tests.chaos.fire import acknowledged
from tests.waiting import wait_until

_LEAVING_S = 60.0  # a trainer that is done has its interpreter to take down
_PAGE = 1000


def trainers() -> list[tuple[Process, str]]:
    """The trainers of this home that are alive, each with its mark, "job:attempt"."""
    home = os.environ["ARNCNN_HOME"]
    found = with_environment(MARK)
    return [
        (process, variables[MARK])
        for process, variables in found
        if variables.get("ARNCNN_JOB_HOME") == home
    ]


def kill_trainers() -> list[str]:
    """SIGKILL for every trainer; the marks of those that were there."""
    killed = []
    for process, mark in trainers():
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        killed.append(mark)
    return killed


def doubled() -> Iterator[str]:
    """Problems: jobs that two attempts work at, at this moment."""
    there = trainers()
    attempts: dict[str, set[str]] = {}
    for process, mark in there:
        if process.is_alive:  # still, after all have been looked at
            attempts.setdefault(mark.partition(":")[0], set()).add(mark)
    for job_id, marks in attempts.items():
        if len(marks) > 1:
            yield f"job {job_id} was worked at by {sorted(marks)} at once"


def orphans() -> list[str]:
    """Trainers that are at work though every job has ended; one on its way out may leave."""
    at_work = [mark for _, mark in trainers() if not _is_done(mark)]
    wait_until(lambda: not trainers(), _LEAVING_S)
    return sorted({*at_work, *(mark for _, mark in trainers())})


def jobs_and_attempts(store: Store) -> tuple[int, int]:
    """How many jobs there are, and how many attempts they took."""
    jobs = _all_jobs(store)
    return len(jobs), sum(job.attempt for job in jobs)


def problems(store: Store) -> list[str]:
    """Every promise that was broken, in words; and the store must verify."""
    jobs = _all_jobs(store)
    lost = set(acknowledged().read_text().split()) - {job.id for job in jobs}
    found = [f"job {job_id} was accepted and is gone" for job_id in sorted(lost)]
    runs = Counter(run.job_id for run in store.runs.list(LOCAL_USER))
    models = Counter(model.job_id for model in store.models.list(LOCAL_USER))
    for job in jobs:
        if job.state is not State.SUCCEEDED:
            found.append(f"job {job.id} is {job.state.value}: {job.error}")
            continue
        for what, rows in (("runs", runs), ("models", models)):
            if rows[job.id] != 1:
                found.append(f"job {job.id} has {rows[job.id]} {what}")
        where = AuditFilter(action="job.finish", subject=f"jobs:{job.id}")
        endings = store.audit.entries(LOCAL_USER, where).total
        if endings != 1:
            found.append(f"job {job.id} was finished {endings} times")
        found += [f"job {job.id} trained {epochs} twice" for epochs in _twice(job.id)]
    found += [f"a trainer is an orphan: {mark}" for mark in orphans()]
    return [*found, *verify(store, LOCAL_USER).problems]


def _all_jobs(store: Store) -> list:
    jobs: list = []
    while page := store.jobs.list(LOCAL_USER, offset=len(jobs), limit=_PAGE).jobs:
        jobs += page
    return jobs


def _twice(job_id: str) -> list[str]:
    """Epochs whose end stands twice in what the trainers themselves wrote down."""
    run = inputs.folder_of(job_id) / "run"
    for name in ("trained.txt", "history.csv"):  # of the light trainer, of the real one
        if (run / name).exists():
            rows = (run / name).read_text().splitlines()
            epochs = Counter(row.replace(",", " ").split()[0] for row in rows if row.strip())
            return [epoch for epoch, number in epochs.items() if number > 1]
    return ["nothing that is written down, not even"]


def _is_done(mark: str) -> bool:
    job_id, _, attempt = mark.partition(":")
    log = log_of(inputs.folder_of(job_id), int(attempt))
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return bool(lines) and '"done"' in lines[-1]


def log_tail() -> str:
    """What supervisors and dashboards said last."""
    return (config.jobs_folder() / "chaos.log").read_text(errors="replace")[-4000:]
