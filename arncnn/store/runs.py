"""Runs: what each finished training was made of and what it measured."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from arncnn import __version__
from arncnn.store import audit
from arncnn.store.database import Service
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import canonical
from arncnn.store.tables import RunRow


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


class Runs(Service):
    """Recording and listing runs."""

    @requires("run.record")
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
            StoreError: it could not be stored, e.g. a metric is no number.
        """
        row = RunRow(
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
        with self._database.writing() as session:
            detail = {"job_id": job_id, "seed": seed}
            audit.record(session, actor, "run.record", row, detail, changed=[row])
        return row.as_record(StoredRun)

    @requires("model.read")
    def list(self, actor: Actor, *, job_id: str | None = None) -> tuple[StoredRun, ...]:
        """Runs, newest first, of one job or of all."""
        query = select(RunRow).order_by(RunRow.created_at.desc(), RunRow.id)
        if job_id is not None:
            query = query.where(RunRow.job_id == job_id)
        return tuple(row.as_record(StoredRun) for row in self._database.all(query))
