"""The alias "serving": which model reads, and how to point it elsewhere in one transaction."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from arncnn.errors import ModelError, UsageError
from arncnn.store import audit
from arncnn.store.database import Database
from arncnn.store.registered_model import AliasChange
from arncnn.store.roles import Actor
from arncnn.store.seals import require_intact
from arncnn.store.tables import AliasHistoryRow, AliasRow, ModelRow

SERVING = "serving"
CHANGED = (
    "Another model went into service in the meantime; nothing was changed. Look at the "
    "models again, then decide."
)
_REASON_LENGTH = 500


def change(
    session: Session,
    actor: Actor,
    alias: AliasRow,
    sha256: str | None,
    action: str,
    reason: str,
    now: float | None,
    detail: Mapping[str, object],
) -> AliasChange:
    """Point the alias elsewhere: alias, history and audit inside the caller's transaction."""
    at = time.time() if now is None else now
    before = alias.model_sha256
    alias.model_sha256, alias.token, alias.updated_at = sha256, alias.token + 1, at
    entry = AliasHistoryRow(
        name=alias.name,
        token=alias.token,
        at=at,
        actor=actor.name,
        action=action,
        model_sha256=sha256,
        reason=reason,
    )
    detail = {**detail, "from": before, "to": sha256, "reason": reason}
    audit.record(session, actor, f"model.{action}", alias, detail, changed=[alias, entry])
    return entry.as_record(AliasChange)


def serving_alias(session: Session) -> AliasRow:
    """The alias "serving"; a new one while nothing was ever promoted."""
    alias = session.get(AliasRow, SERVING)
    if alias is None:
        return AliasRow(name=SERVING, token=0)
    require_intact(alias)
    return alias


@contextmanager
def deciding(
    database: Database, reason: str, expected_token: int | None
) -> Iterator[tuple[Session, AliasRow, str]]:
    """A writing transaction for a change of the alias: with the alias, and the reason as kept.

    Args:
        database: to write to.
        reason: why, 1 to 500 characters.
        expected_token: of the alias that somebody looked at; None where nobody says.

    Raises:
        UsageError: the alias was changed since; the reason is missing or too long.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= _REASON_LENGTH:
        raise UsageError(f"Give a reason of 1 to {_REASON_LENGTH} characters.")
    with database.writing() as session:
        alias = serving_alias(session)
        if expected_token not in (None, alias.token):
            raise UsageError(CHANGED)
        yield session, alias, reason


def served(session: Session) -> list[str]:
    """The stack of promotions not rolled back, the model in service last."""
    stack: list[str] = []
    for row in session.scalars(select(AliasHistoryRow).order_by(AliasHistoryRow.token)):
        require_intact(row)
        if row.action == "promote" and row.model_sha256 is not None:
            stack.append(row.model_sha256)
        else:
            stack.pop()
    return stack


def is_compared_with_another(session: Session, gate: Mapping[str, Any]) -> bool:
    """Whether another model serves now than the gate compared with."""
    compared = gate.get("serving")
    if compared is None:  # there was none, or none was named
        return False
    sha256 = compared["sha256"]  # of the bundled model, which is no row, the alias says None
    was = sha256 if session.get(ModelRow, sha256) is not None else None
    return bool(was != serving_alias(session).model_sha256)


def passes_gate(session: Session, row: ModelRow, *, despite_gate: bool) -> bool:
    """Whether the gate lets a model pass, compared with the one in service now.

    Raises:
        ModelError: it does not, and ``despite_gate`` is not asked for.
    """
    gate = json.loads(row.gate) if row.gate else {}
    passes, is_stale = bool(gate.get("passes")), is_compared_with_another(session, gate)
    if not passes and not despite_gate:
        raise ModelError("The gate did not let this model pass; see its comparison.")
    if is_stale and not despite_gate:
        raise ModelError("Another model has since gone into service; compare again first.")
    return passes and not is_stale
