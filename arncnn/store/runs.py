"""Runs: what each finished training was made of and what it measured."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from arncnn import __version__
from arncnn.store import audit, roles
from arncnn.store.roles import Actor
from arncnn.store.seals import canonical
from arncnn.store.tables import RunRow

if TYPE_CHECKING:
    from arncnn.store.store import Store


@dataclass(frozen=True)
class StoredRun:
    """One finished training. ``folder`` holds its files; ``created_at`` is in Unix seconds."""

    id: str
    job_id: str | None
    created_at: float
    created_by: str
    folder: str
    recipe: Mapping[str, Any]
    seed: int
    data_sha256: str | None
    code_version: str
    metrics: Mapping[str, Any]


class Runs:
    """Recording and listing runs."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def record(
        self,
        actor: Actor,
        *,
        folder: str,
        recipe: Mapping[str, Any],
        seed: int,
        metrics: Mapping[str, Any],
        data_sha256: str | None = None,
        job_id: str | None = None,
        now: float | None = None,
    ) -> StoredRun:
        """Keep what a training was made of and measured.

        Raises:
            PermissionDenied: the role is missing.
            StoreError: it could not be stored, e.g. a metric is no number.
        """
        roles.check(actor, "run.record")
        row = RunRow(
            id=secrets.token_hex(8),
            job_id=job_id,
            created_at=time.time() if now is None else now,
            created_by=actor.name,
            folder=folder,
            recipe=canonical(dict(recipe)),
            seed=seed,
            data_sha256=data_sha256,
            code_version=__version__,
            metrics=canonical(dict(metrics)),
        )
        with self._store.writing() as session:
            subject, detail = f"runs:{row.id}", {"job_id": job_id, "seed": seed}
            audit.record(session, actor, "run.record", subject, detail=detail, changed=[row])
        return _run(row)

    def list(self, actor: Actor, *, job_id: str | None = None) -> tuple[StoredRun, ...]:
        """Runs, newest first, of one job or of all.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "model.read")
        query = select(RunRow).order_by(RunRow.created_at.desc(), RunRow.id)
        if job_id is not None:
            query = query.where(RunRow.job_id == job_id)
        with self._store.reading() as session:
            return tuple(_run(row) for row in session.scalars(query))


def _run(row: RunRow) -> StoredRun:
    content = row.content()
    for name in ("recipe", "metrics"):
        content[name] = MappingProxyType(json.loads(content[name]))
    return StoredRun(**content)
