"""What the audit says of a job beside its sealed columns: where it stands, and its log.

Sealing every heartbeat would make each a line of the audit. So each line about a job notes two
more seals: of the columns that change while it runs, and of the events so far. While an attempt
runs, its heartbeat, lease, engine's reference, progress and the events since its last line can
change without a line; whatever ends the attempt seals them.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from arncnn.store import audit
from arncnn.store.roles import Actor
from arncnn.store.seals import canonical, digest
from arncnn.store.tables import JobEventRow, JobRow

_RUNNING = "running"
_CHANGES_WHILE_RUNNING = frozenset({"lease_until", "heartbeat_at", "engine_ref", "progress"})
_BATCH = 500


def record(
    session: Session,
    actor: Actor,
    action: str,
    row: JobRow,
    detail: Mapping[str, Any],
    *,
    is_changed: bool = False,
) -> None:
    """``audit.record`` for a job, with the seals of its state and log.

    Args:
        session: a writing session.
        actor: who acts.
        action: the audit's word.
        row: the job as it is after the action; its events are added already.
        detail: facts of the action.
        is_changed: whether its sealed columns were added or altered.
    """
    session.add(row)
    session.flush()
    session.refresh(row)
    changed = [row] if is_changed else []
    audit.record(session, actor, action, row, detail, changed=changed, also=of(session, row))


def of(session: Session, row: JobRow) -> dict[str, str]:
    """The two seals by their subjects."""
    subject = row.subject()
    return {f"{subject}/state": _of_state(row), f"{subject}/events": _of_events(session, row.id)}


def is_as_sealed(session: Session, row: JobRow, state: str | None, events: str | None) -> bool:
    """Whether a job's state and log are what the audit's last line about it says.

    Args:
        session: any session.
        row: the job.
        state: the seal of its state; None when no line tells.
        events: of its events.
    """
    if events is None or state != _of_state(row):
        return False
    sealed = events.partition(":")[0]
    last = int(sealed) if row.state == _RUNNING and sealed.isdecimal() else None
    return _of_events(session, row.id, last) == events


def _of_state(row: JobRow) -> str:
    names = JobRow.unsealed - (_CHANGES_WHILE_RUNNING if row.state == _RUNNING else frozenset())
    return digest(canonical({name: getattr(row, name) for name in names}))


def _of_events(session: Session, job_id: str, last: int | None = None) -> str:
    columns = [getattr(JobEventRow, c.name) for c in JobEventRow.__table__.columns]
    query = select(*columns).where(JobEventRow.job_id == job_id).order_by(JobEventRow.number)
    if last is not None:
        query = query.where(JobEventRow.number <= last)
    sealed, number = hashlib.sha256(), 0
    for event in session.execute(query.execution_options(yield_per=_BATCH)).mappings():
        sealed.update(canonical(dict(event)).encode() + b"\n")
        number = event["number"]
    return f"{number}:{sealed.hexdigest()}"
