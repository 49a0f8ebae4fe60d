"""The queue of trainings, as people see and steer it. The database is the only truth.

::

                    submit                claim (attempt + 1)
    (a person) ───────────▶ queued ───────────────────────▶ running
                              │ ▲                            │ │ │
          cancel while queued │ │ lease lost or released,    │ │ │ finish
                              │ │ attempts left              │ │ ▼
                              │ └────────────────────────────┘ │ succeeded
                              ▼                                ▼
                          cancelled ◀── cancel was asked ── failed (a reason; no attempts left)

- ``stop_flag`` is None, "cancel" or "stop_keep_best". A person sets it; the supervisor sees it
  at its next renewal, tells the engine, and finishes the job as cancelled, or as succeeded with
  the best epoch so far. A cancelled job that lost its lease is cancelled, not requeued.
- The attempt number is a fencing token. Every update by a worker says
  ``WHERE id = ? AND attempt = ? AND state = 'running'``; an orphan of an earlier attempt gets
  ``LeaseLostError`` and its result is refused.
- A running job holds a lease that its supervisor renews. When ``lease_until`` passes, any
  supervisor may requeue it, until ``max_attempts`` claims were made; then it has failed.
- One running job a device: an index of the database forbids a second.
- ``retry`` puts a failed or cancelled job back into the queue with fresh attempts; the attempt
  number goes on counting, so old orphans stay fenced.

The worker's side (claim, renew, progress, finish) is ``job_work.JobWork``.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from arncnn.errors import JobError, UsageError
from arncnn.store import job_seals
from arncnn.store.database import Database, Service
from arncnn.store.job import FINAL, Job, JobEvent, State, Stop, from_row
from arncnn.store.job_rows import add_event, finish_row
from arncnn.store.job_work import JobWork
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import canonical, stored
from arncnn.store.tables import JobEventRow, JobRow

_MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class JobPage:
    """A slice of the jobs, newest first, and how many there are in all."""

    jobs: tuple[Job, ...]
    total: int


class Jobs(Service):
    """Submitting, watching and stopping jobs; ``work`` is the worker's side."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.work = JobWork(database)

    @requires("job.submit")
    def submit(
        self,
        actor: Actor,
        spec: Mapping[str, Any],
        *,
        kind: str = "train",
        device: str = "any",
        max_attempts: int = _MAX_ATTEMPTS,
        now: float | None = None,
    ) -> Job:
        """Put a job into the queue.

        Args:
            spec: what to do, kept as JSON and sealed.
            kind: what sort of job it is.
            device: "any", a kind ("gpu", "cpu") or one device ("gpu:0@host").
            max_attempts: claims after which a lost job has failed, at least 1.
            now: Unix seconds; None is the present.

        Raises:
            UsageError: ``max_attempts`` is below 1.
        """
        if max_attempts < 1:
            raise UsageError("A job needs at least one attempt.")
        row = JobRow(
            kind=kind,
            state=State.QUEUED.value,
            attempt=0,
            max_attempts=max_attempts,
            wanted_device=device,
            spec=canonical(dict(spec)),
            progress="{}",
            created_by=actor.name,
            created_at=time.time() if now is None else now,
        )
        with self._database.writing() as session:
            detail = {"kind": kind, "device": device}
            job_seals.record(session, actor, "job.submit", row, detail, is_changed=True)
        return from_row(row)

    @requires("job.read")
    def get(self, actor: Actor, job_id: str) -> Job:
        """One job as it is now, its specification proven unaltered.

        Raises:
            JobError: there is no such job.
            StoreError: its record was altered.
        """
        with self._database.reading() as session:
            return from_row(stored(session, JobRow, job_id))

    @requires("job.read")
    def list(
        self, actor: Actor, *, state: State | None = None, offset: int = 0, limit: int = 50
    ) -> JobPage:
        """A page of jobs, newest first, in one state or in any."""
        query = select(JobRow)
        if state is not None:
            query = query.where(JobRow.state == state.value)
        newest = (JobRow.created_at.desc(), JobRow.id.desc())
        rows, total = self._database.page(query, *newest, offset=offset, limit=limit)
        return JobPage(tuple(map(from_row, rows)), total)

    @requires("job.read")
    def events(
        self, actor: Actor, job_id: str, *, after: int = 0, limit: int = 1000
    ) -> tuple[JobEvent, ...]:
        """A job's events numbered above ``after``, oldest first."""
        query = select(JobEventRow).where(JobEventRow.job_id == job_id, JobEventRow.number > after)
        rows = self._database.all(query.order_by(JobEventRow.number).limit(limit))
        return tuple(row.as_record(JobEvent) for row in rows)

    @requires("job.stop")
    def stop(
        self, actor: Actor, job_id: str, stop: Stop = Stop.CANCEL, *, now: float | None = None
    ) -> Job:
        """Ask a job to stop. A queued job is cancelled at once; a running one soon after.

        Raises:
            JobError: there is no such job, or it has ended.
        """
        at = time.time() if now is None else now
        with self._database.writing() as session:
            row = stored(session, JobRow, job_id)
            if State(row.state) in FINAL:
                raise JobError(f"This job has already ended ({row.state}).")
            detail = {"stop": stop.value, "attempt": row.attempt}
            if row.state == State.QUEUED:
                add_event(session, row, "cancelled", {"while": "queued"}, at)
                finish_row(row, State.CANCELLED, at)
            elif row.stop_flag != Stop.CANCEL:  # a cancellation is not softened
                row.stop_flag = stop.value
            job_seals.record(session, actor, "job.stop", row, detail, is_changed=True)
            return from_row(row)

    @requires("job.retry")
    def retry(self, actor: Actor, job_id: str, *, now: float | None = None) -> Job:
        """Put a failed or cancelled job back into the queue; it goes on from its checkpoint.

        Raises:
            JobError: there is no such job, or it has not failed.
        """
        at = time.time() if now is None else now
        with self._database.writing() as session:
            row = stored(session, JobRow, job_id)
            if State(row.state) not in (State.FAILED, State.CANCELLED):
                raise JobError(f"Only a failed or cancelled job can be retried; it is {row.state}.")
            row.state, row.stop_flag, row.outcome = State.QUEUED.value, None, None
            row.result, row.error, row.finished_at = None, None, None
            row.max_attempts = row.attempt + _MAX_ATTEMPTS
            add_event(session, row, "retried", {}, at)
            detail = {"attempt": row.attempt}
            job_seals.record(session, actor, "job.retry", row, detail, is_changed=True)
            return from_row(row)
