"""The supervisor's side of the queue: claim, renew, report, finish. States: see ``jobs``."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from arncnn.errors import JobError
from arncnn.store import audit, roles
from arncnn.store.job import FINAL, Claim, Job, State, Stop, from_row
from arncnn.store.job_row import add_event, end, fenced, give_up, set_aside
from arncnn.store.roles import Actor
from arncnn.store.seals import canonical, is_intact, require_intact
from arncnn.store.tables import JobRow

if TYPE_CHECKING:
    from arncnn.store.store import Store

LEASE_S = 30.0
_ERROR_LENGTH = 2000


class JobWork:
    """What a supervisor does with jobs; every method needs the right to run jobs."""

    def __init__(self, store: "Store") -> None:
        self._store = store

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
            actor: the supervisor.
            device: one device, "kind:number@host"; a job that wants "any", the kind, the kind
                with its number, or exactly this device fits.
            engine: the engine that will run it, e.g. "local".
            lease_s: seconds until the lease must be renewed.
            now: Unix seconds; None is the present.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "job.run")
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
        with self._store.writing() as session:
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
            audit.record(session, actor, "job.claim", f"jobs:{row.id}", detail=detail)
            return from_row(row)

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
            actor: the supervisor.
            claim: the attempt.
            lease_s: seconds until the next renewal is due.
            engine_ref: where the engine runs it, once known.
            progress: the latest progress, replacing the earlier.
            now: Unix seconds; None is the present.

        Raises:
            PermissionDenied: the role is missing.
            LeaseLostError: the job is no longer this attempt's; end the trainer, drop its result.
        """
        roles.check(actor, "job.run")
        at = time.time() if now is None else now
        values: dict[str, Any] = {"heartbeat_at": at, "lease_until": at + lease_s}
        if engine_ref is not None:
            values["engine_ref"] = engine_ref
        if progress is not None:
            values["progress"] = canonical(dict(progress))
        with self._store.writing() as session:
            fenced(session, claim, values)
            asked = session.scalar(select(JobRow.stop_flag).where(JobRow.id == claim.job_id))
            return Stop(asked) if asked else None

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
            PermissionDenied: the role is missing.
            LeaseLostError: the job is no longer this attempt's.
        """
        roles.check(actor, "job.run")
        at = time.time() if now is None else now
        values: dict[str, Any] = {"heartbeat_at": at}
        if progress is not None:
            values["progress"] = canonical(dict(progress))
        with self._store.writing() as session:
            fenced(session, claim, values)
            row = session.get_one(JobRow, claim.job_id)
            return add_event(session, row, kind, payload, at)

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
            actor: the supervisor.
            claim: the attempt.
            state: succeeded, failed or cancelled.
            result: what it led to.
            error: the sentence of a failure; it quotes no patient data.
            now: Unix seconds; None is the present.

        Raises:
            PermissionDenied: the role is missing.
            LeaseLostError: the job is no longer this attempt's; its result is refused.
            AlteredError: its record was altered; see ``set_aside``.
            JobError: the state is not a final one.
        """
        roles.check(actor, "job.run")
        if state not in FINAL:
            raise JobError("A job ends as succeeded, failed or cancelled.")
        at = time.time() if now is None else now
        with self._store.writing() as session:
            fenced(session, claim, {"heartbeat_at": at})
            row = session.get_one(JobRow, claim.job_id)
            require_intact(row)  # to end it would seal what was altered
            row.result = None if result is None else canonical(dict(result))
            row.error = None if error is None else error[:_ERROR_LENGTH]
            end(session, actor, row, state, "job.finish", at)
            return from_row(row)

    def release(self, actor: Actor, claim: Claim, reason: str, *, now: float | None = None) -> Job:
        """Give a job up that this attempt cannot finish: back to the queue, or failed.

        Raises:
            PermissionDenied: the role is missing.
            LeaseLostError: the job is no longer this attempt's.
        """
        roles.check(actor, "job.run")
        at = time.time() if now is None else now
        with self._store.writing() as session:
            fenced(session, claim, {"heartbeat_at": at})
            row = session.get_one(JobRow, claim.job_id)
            give_up(session, actor, row, reason, at)
            return from_row(row)

    def requeue_lost(self, actor: Actor, *, now: float | None = None) -> tuple[Job, ...]:
        """Requeue (or end) every running job whose lease has run out; give those jobs.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "job.run")
        at = time.time() if now is None else now
        overdue = or_(JobRow.lease_until.is_(None), JobRow.lease_until < at)
        lost = select(JobRow).where(JobRow.state == State.RUNNING, overdue)
        with self._store.reading() as session:
            if session.scalar(lost.limit(1)) is None:
                return ()
        with self._store.writing() as session:
            rows = session.scalars(lost.order_by(JobRow.created_at)).all()
            for row in rows:
                give_up(session, actor, row, "Its worker stopped answering.", at)
            return tuple(from_row(row) for row in rows)

    def set_aside(self, actor: Actor, job_id: str, *, now: float | None = None) -> None:
        """End a job whose record was altered, which stays as it was found; the others go on.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "job.run")
        with self._store.writing() as session:
            row = session.get_one(JobRow, job_id)
            set_aside(session, actor, row, time.time() if now is None else now)

    def cancelled(self, actor: Actor) -> frozenset[Claim]:
        """The running attempts that a person asked to cancel; cheap to poll.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "job.run")
        asked = select(JobRow.id, JobRow.attempt).where(
            JobRow.state == State.RUNNING, JobRow.stop_flag == Stop.CANCEL
        )
        with self._store.reading() as session:
            return frozenset(Claim(*row) for row in session.execute(asked))

    def any_left(self, actor: Actor) -> bool:
        """Whether any job waits or runs, at one moment: a job may go from one to the other.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "job.run")
        return self._any(State.QUEUED, State.RUNNING)

    def _any(self, *states: State) -> bool:
        with self._store.reading() as session:
            found = select(JobRow.id).where(JobRow.state.in_(states)).limit(1)
            return session.scalar(found) is not None
