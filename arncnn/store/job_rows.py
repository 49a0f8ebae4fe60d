"""What becomes of a job's row inside a transaction: its log, its current attempt, its end."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from arncnn.formatting import counted
from arncnn.store import job_seals
from arncnn.store.job import Claim, LeaseLostError, State, Stop
from arncnn.store.roles import Actor
from arncnn.store.seals import canonical, is_intact
from arncnn.store.tables import JobEventRow, JobRow

ALTERED = "Its record was altered outside this program, so it was set aside; the others go on."


def add_event(
    session: Session, row: JobRow, kind: str, payload: Mapping[str, Any], at: float
) -> int:
    """Append to a job's log inside the caller's transaction; give the event's number."""
    last = session.scalar(select(func.max(JobEventRow.number)).where(JobEventRow.job_id == row.id))
    event = JobEventRow(
        job_id=row.id,
        number=(last or 0) + 1,
        attempt=row.attempt,
        at=at,
        kind=kind,
        payload=canonical(dict(payload)),
    )
    session.add(event)
    session.flush()
    return event.number


def finish_row(row: JobRow, state: State, at: float) -> None:
    """Put a row into a final state; the caller records it in the audit."""
    row.state = row.outcome = state.value
    row.finished_at, row.lease_until = at, None


def fenced(
    session: Session,
    claim: Claim,
    at: float,
    progress: Mapping[str, Any] | None = None,
    **values: object,
) -> JobRow:
    """The row of an attempt that is still the current one, with its heartbeat and new values.

    Raises:
        LeaseLostError: it is not.
    """
    if progress is not None:
        values["progress"] = canonical(dict(progress))
    changed = session.scalar(
        update(JobRow)
        .where(
            JobRow.id == claim.job_id,
            JobRow.attempt == claim.attempt,
            JobRow.state == State.RUNNING.value,
        )
        .values(heartbeat_at=at, **values)
        .returning(JobRow.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise LeaseLostError(
            "This attempt at the job is over: another has taken over, or the job has ended."
        )
    return session.get_one(JobRow, claim.job_id)


def set_aside(session: Session, actor: Actor, row: JobRow, at: float) -> None:
    """Only unsealed columns change: whoever verifies the store still finds the record altered."""
    row.state, row.lease_until = State.FAILED.value, None
    add_event(session, row, "set_aside", {"reason": ALTERED}, at)
    job_seals.record(session, actor, "job.set_aside", row, {"reason": ALTERED})


def give_up(session: Session, actor: Actor, row: JobRow, reason: str, at: float) -> None:
    """Requeue a job that lost its worker; or end it, when it may not be tried again."""
    if not is_intact(row):
        set_aside(session, actor, row, at)
        return
    add_event(session, row, "lost", {"reason": reason}, at)
    if row.stop_flag == Stop.CANCEL:
        end(session, actor, row, State.CANCELLED, "job.lost", at)
    elif row.attempt >= row.max_attempts:
        row.error = f"Given up after {counted(row.attempt, 'attempt')}. Last error: {reason}"
        end(session, actor, row, State.FAILED, "job.lost", at)
    else:
        row.state, row.lease_until = State.QUEUED.value, None
        detail = {"attempt": row.attempt, "state": row.state}
        job_seals.record(session, actor, "job.lost", row, detail)


def end(session: Session, actor: Actor, row: JobRow, state: State, action: str, at: float) -> None:
    """End a job, with its line in log and audit."""
    finish_row(row, state, at)
    add_event(session, row, state.value, {}, at)
    detail = {"attempt": row.attempt, "state": state.value}
    job_seals.record(session, actor, action, row, detail, is_changed=True)
