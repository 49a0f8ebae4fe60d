"""The alias "serving": which model reads, and how to point it elsewhere in one transaction."""

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from arncnn.store import audit
from arncnn.store.registered_model import AliasChange
from arncnn.store.roles import Actor
from arncnn.store.seals import require_intact
from arncnn.store.tables import AliasHistoryRow, AliasRow, ModelRow

SERVING = "serving"


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
    subject = f"aliases:{alias.name}"
    audit.record(session, actor, f"model.{action}", subject, detail=detail, changed=[alias, entry])
    return AliasChange(**entry.content())


def serving_alias(session: Session) -> AliasRow:
    """The alias "serving"; a new one while nothing was ever promoted."""
    alias = session.get(AliasRow, SERVING)
    if alias is None:
        return AliasRow(name=SERVING, token=0)
    require_intact(alias)
    return alias


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
