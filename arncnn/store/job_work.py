"""The supervisor's side of the queue: claim, renew, report, finish. States: see ``jobs``."""

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select, update

from arncnn.errors import JobError
from arncnn.store import job_seals
from arncnn.store.database import Database, Service
from arncnn.store.job import FINAL, Claim, Job, State, Stop, from_row
from arncnn.store.job_rows import add_event, end, fenced, give_up, set_aside
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import canonical, is_intact, require_intact
from arncnn.store.tables import JobRow

LEASE_S = 30.0
_SKEW_S = 5.0  # by which clocks of two machines may differ, and one be corrected, unheeded
_ERROR_LENGTH = 2000


class _Clock:
    """Tells whether the wall clock was set since the last question, by the one that cannot be."""

    def __init__(self) -> None:
        self._offset_s = time.time() - time.monotonic()

    def was_set(self) -> bool:
        before, self._offset_s = self._offset_s, time.time() - time.monotonic()
        return abs(self._offset_s - before) > _SKEW_S


class JobWork(Service):
    """What a supervisor does with jobs; every method needs the right to run jobs."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._clock = _Clock()

    @requires("job.run")
    def claim(
        self,
        actor: Actor,
        device: str,
        *,
        engine: str,
        lease_s: float = LEASE_S,
        now: float | None = None,
    ) -> Job | None:
        """Take the oldest job that fits a device; None when there is none or the device is busy.

        Args:
            device: one device, "kind:number@host"; a job that wants "any", the kind, the kind
                with its number, or exactly this device fits.
            engine: the engine that will run it, e.g. "local".
            lease_s: seconds until the lease must be renewed.
            now: Unix seconds; None is the present.
        """
        at = time.time() if now is None else now
        numbered = device.partition("@")[0]
        fits = ("any", numbered.partition(":")[0], numbered, device)
        busy = select(JobRow.id).where(JobRow.device == device, JobRow.state == State.RUNNING)
        oldest = (
            select(JobRow)
            .where(JobRow.state == State.QUEUED, JobRow.wanted_device.in_(fits))
            .order_by(JobRow.created_at, JobRow.id)
        )
        if not self._any(State.QUEUED):  # polled often: do not take the write lock for nothing
            return None
        with self._database.writing() as session:
            if session.scalar(busy.limit(1)) is not None:
                return None
            waiting = session.scalars(oldest).all()
            for altered in (found for found in waiting if not is_intact(found)):
                set_aside(session, actor, altered, at)
            row = next((found for found in waiting if is_intact(found)), None)
            if row is None:
                return None
            row.state, row.attempt = State.RUNNING.value, row.attempt + 1
            row.device, row.engine, row.engine_ref = device, engine, None
            row.heartbeat_at, row.lease_until, row.started_at = at, at + lease_s, at
            add_event(session, row, "claimed", {"device": device, "engine": engine}, at)
            detail = {"attempt": row.attempt, "device": device}
            job_seals.record(session, actor, "job.claim", row, detail)
            return from_row(row)

    @requires("job.run")
    def renew(
        self,
        actor: Actor,
        claim: Claim,
        *,
        lease_s: float = LEASE_S,
        engine_ref: str | None = None,
        progress: Mapping[str, Any] | None = None,
        now: float | None = None,
    ) -> Stop | None:
        """Say that the job lives; learn whether a person asked it to stop.

        Args:
            claim: the attempt.
            lease_s: seconds until the next renewal is due.
            engine_ref: where the engine runs it, once known.
            progress: the latest progress, replacing the earlier.
            now: Unix seconds; None is the present.

        Raises:
            LeaseLostError: the job is no longer this attempt's; end the trainer, drop its result.
        """
        at = time.time() if now is None else now
        lease = {"lease_until": at + lease_s}
        reference = {} if engine_ref is None else {"engine_ref": engine_ref}
        with self._database.writing() as session:
            asked = fenced(session, claim, at, progress, **lease, **reference).stop_flag
            return Stop(asked) if asked else None

    @requires("job.run")
    def event(
        self,
        actor: Actor,
        claim: Claim,
        kind: str,
        payload: Mapping[str, Any],
        *,
        progress: Mapping[str, Any] | None = None,
        now: float | None = None,
    ) -> int:
        """Add one line to the job's log; give its number.

        Raises:
            LeaseLostError: the job is no longer this attempt's.
        """
        at = time.time() if now is None else now
        with self._database.writing() as session:
            return add_event(session, fenced(session, claim, at, progress), kind, payload, at)

    @requires("job.run")
    def finish(
        self,
        actor: Actor,
        claim: Claim,
        state: State,
        *,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
        now: float | None = None,
    ) -> Job:
        """End the job, exactly once.

        Args:
            claim: the attempt.
            state: succeeded, failed or cancelled.
            result: what it led to.
            error: the sentence of a failure; it quotes no patient data.
            now: Unix seconds; None is the present.

        Raises:
            LeaseLostError: the job is no longer this attempt's; its result is refused.
            AlteredError: its record was altered; see ``set_aside``.
            JobError: the state is not a final one.
        """
        if state not in FINAL:
            raise JobError("A job ends as succeeded, failed or cancelled.")
        at = time.time() if now is None else now
        with self._database.writing() as session:
            row = fenced(session, claim, at)
            require_intact(row)  # to end it would seal what was altered
            row.result = None if result is None else canonical(dict(result))
            row.error = None if error is None else error[:_ERROR_LENGTH]
            end(session, actor, row, state, "job.finish", at)
            return from_row(row)

    @requires("job.run")
    def release(self, actor: Actor, claim: Claim, reason: str, *, now: float | None = None) -> Job:
        """Give a job up that this attempt cannot finish: back to the queue, or failed.

        Raises:
            LeaseLostError: the job is no longer this attempt's.
        """
        at = time.time() if now is None else now
        with self._database.writing() as session:
            row = fenced(session, claim, at)
            give_up(session, actor, row, reason, at)
            return from_row(row)

    @requires("job.run")
    def requeue_lost(self, actor: Actor, *, now: float | None = None) -> tuple[Job, ...]:
        """Requeue (or end) every running job whose lease has run out; give those jobs.

        A clock that was set, forward or back, ends and stretches no lease: then every running job
        gets its lease anew, and who is gone does not renew it. A clock that was set back is seen
        by heartbeats to come, one set forward by this process only while it runs.
        """
        at = time.time() if now is None else now
        if (now is None and self._clock.was_set()) or self._any_heartbeat_after(at + _SKEW_S):
            self._give_leases_anew(at)
            return ()
        overdue = or_(JobRow.lease_until.is_(None), JobRow.lease_until < at)
        lost = select(JobRow).where(JobRow.state == State.RUNNING, overdue)
        if not self._database.all(lost.limit(1)):
            return ()
        with self._database.writing() as session:
            rows = session.scalars(lost.order_by(JobRow.created_at)).all()
            for row in rows:
                give_up(session, actor, row, "Its worker stopped answering.", at)
            return tuple(map(from_row, rows))

    @requires("job.run")
    def set_aside(self, actor: Actor, job_id: str, *, now: float | None = None) -> None:
        """End a job whose record was altered, which stays as it was found; the others go on."""
        with self._database.writing() as session:
            row = session.get_one(JobRow, job_id)
            set_aside(session, actor, row, time.time() if now is None else now)

    @requires("job.run")
    def cancelled(self, actor: Actor) -> frozenset[Claim]:
        """The running attempts that a person asked to cancel; cheap to poll."""
        asked = select(JobRow.id, JobRow.attempt).where(
            JobRow.state == State.RUNNING, JobRow.stop_flag == Stop.CANCEL
        )
        with self._database.reading() as session:
            return frozenset(Claim(*row) for row in session.execute(asked))

    @requires("job.run")
    def any_left(self, actor: Actor) -> bool:
        """Whether any job waits or runs, at one moment: a job may go from one to the other."""
        return self._any(State.QUEUED, State.RUNNING)

    def _any_heartbeat_after(self, at: float) -> bool:
        ahead = select(JobRow.id).where(JobRow.state == State.RUNNING, JobRow.heartbeat_at > at)
        return bool(self._database.all(ahead.limit(1)))

    def _give_leases_anew(self, at: float) -> None:
        lease_s = JobRow.lease_until - JobRow.heartbeat_at
        running = update(JobRow).where(JobRow.state == State.RUNNING)
        with self._database.writing() as session:
            session.execute(running.values(heartbeat_at=at, lease_until=at + lease_s))

    def _any(self, *states: State) -> bool:
        found = select(JobRow.id).where(JobRow.state.in_(states)).limit(1)
        return bool(self._database.all(found))
