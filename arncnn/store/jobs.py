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

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from arncnn.errors import JobError, UsageError
from arncnn.store import audit, roles
from arncnn.store.job import FINAL, Job, JobEvent, State, Stop, from_event, from_row
from arncnn.store.job_row import add_event, finish_row
from arncnn.store.job_work import JobWork
from arncnn.store.roles import Actor
from arncnn.store.seals import canonical, require_intact
from arncnn.store.tables import JobEventRow, JobRow

if TYPE_CHECKING:
    from arncnn.store.store import Store

_MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class JobPage:
    """A slice of the jobs, newest first, and how many there are in all."""

    jobs: tuple[Job, ...]
    total: int


class Jobs:
    """Submitting, watching and stopping jobs."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self.work = JobWork(store)

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
            actor: needs the trainer's role.
            spec: what to do, kept as JSON and sealed.
            kind: what sort of job it is.
            device: "any", a kind ("gpu", "cpu") or one device ("gpu:0@host").
            max_attempts: claims after which a lost job has failed, at least 1.
            now: Unix seconds; None is the present.

        Raises:
            PermissionDenied: the role is missing.
            UsageError: ``max_attempts`` is below 1.
        """
        roles.check(actor, "job.submit")
        if max_attempts < 1:
            raise UsageError("A job needs at least one attempt.")
        row = JobRow(
            id=secrets.token_hex(8),
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
        with self._store.writing() as session:
            subject, detail = f"jobs:{row.id}", {"kind": kind, "device": device}
            audit.record(session, actor, "job.submit", subject, detail=detail, changed=[row])
        return from_row(row)

    def get(self, actor: Actor, job_id: str) -> Job:
        """One job as it is now, its specification proven unaltered.

        Raises:
            PermissionDenied: the role is missing.
            JobError: there is no such job.
            StoreError: its record was altered.
        """
        roles.check(actor, "job.read")
        with self._store.reading() as session:
            return from_row(_row(session, job_id))

    def list(
        self, actor: Actor, *, state: State | None = None, offset: int = 0, limit: int = 50
    ) -> JobPage:
        """Jobs, newest first.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "job.read")
        query = select(JobRow)
        if state is not None:
            query = query.where(JobRow.state == state.value)
        newest = query.order_by(JobRow.created_at.desc(), JobRow.id.desc())
        with self._store.reading() as session:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            rows = session.scalars(newest.offset(offset).limit(limit))
            return JobPage(tuple(from_row(row) for row in rows), total)

    def events(
        self, actor: Actor, job_id: str, *, after: int = 0, limit: int = 1000
    ) -> tuple[JobEvent, ...]:
        """A job's events numbered above ``after``, oldest first.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "job.read")
        query = select(JobEventRow).where(JobEventRow.job_id == job_id, JobEventRow.number > after)
        with self._store.reading() as session:
            rows = session.scalars(query.order_by(JobEventRow.number).limit(limit))
            return tuple(from_event(row) for row in rows)

    def stop(
        self, actor: Actor, job_id: str, stop: Stop = Stop.CANCEL, *, now: float | None = None
    ) -> Job:
        """Ask a job to stop. A queued job is cancelled at once; a running one soon after.

        Raises:
            PermissionDenied: the role is missing.
            JobError: there is no such job, or it has ended.
        """
        roles.check(actor, "job.stop")
        at = time.time() if now is None else now
        with self._store.writing() as session:
            row = _row(session, job_id)
            if State(row.state) in FINAL:
                raise JobError(f"This job has already ended ({row.state}).")
            detail = {"stop": stop.value, "attempt": row.attempt}
            if row.state == State.QUEUED:
                add_event(session, row, "cancelled", {"while": "queued"}, at)
                finish_row(row, State.CANCELLED, at)
            elif row.stop_flag != Stop.CANCEL:  # a cancellation is not softened
                row.stop_flag = stop.value
            audit.record(session, actor, "job.stop", f"jobs:{row.id}", detail=detail, changed=[row])
            return from_row(row)

    def retry(self, actor: Actor, job_id: str, *, now: float | None = None) -> Job:
        """Put a failed or cancelled job back into the queue; it goes on from its checkpoint.

        Raises:
            PermissionDenied: the role is missing.
            JobError: there is no such job, or it has not failed.
        """
        roles.check(actor, "job.retry")
        at = time.time() if now is None else now
        with self._store.writing() as session:
            row = _row(session, job_id)
            if State(row.state) not in (State.FAILED, State.CANCELLED):
                raise JobError(f"Only a failed or cancelled job can be retried; it is {row.state}.")
            row.state, row.stop_flag, row.outcome = State.QUEUED.value, None, None
            row.result, row.error, row.finished_at = None, None, None
            row.max_attempts = row.attempt + _MAX_ATTEMPTS
            add_event(session, row, "retried", {}, at)
            subject, detail = f"jobs:{row.id}", {"attempt": row.attempt}
            audit.record(session, actor, "job.retry", subject, detail=detail, changed=[row])
            return from_row(row)


def _row(session: Session, job_id: str) -> JobRow:
    row = session.get(JobRow, job_id)
    if row is None:
        raise JobError("There is no such job.")
    require_intact(row)
    return row
