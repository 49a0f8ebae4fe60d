"""The registry: models by content address, which one serves, and how that came about.

Promoting and rolling back are one transaction over alias, history and audit. The history is
a stack: a promotion puts a model on it, a rollback takes the top one off. Below the first
promotion lies the bundled model, which is ``None`` here.
"""

import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from arncnn import __version__, config
from arncnn.errors import ModelError, PermissionDenied, StoreError, UsageError
from arncnn.files import make_private, sync, write_durably
from arncnn.models.bundle import ModelBundle
from arncnn.store import audit
from arncnn.store.database import Database, Service
from arncnn.store.registered_model import AliasChange, RegisteredModel, Serving
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import canonical, stored
from arncnn.store.serving_alias import (
    SERVING,
    change,
    deciding,
    is_compared_with_another,
    passes_gate,
    served,
    serving_alias,
)
from arncnn.store.tables import AliasHistoryRow, AliasRow, JobRow, ModelRow

DESCRIPTION = "model.json"


class Models(Service):
    """Registering, judging, promoting and rolling back."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._folder = database.folder / "models"

    @requires("model.register")
    def register(
        self,
        actor: Actor,
        folder: Path,
        *,
        job_id: str | None = None,
        run_id: str | None = None,
        parent_sha256: str | None = None,
        data_sha256: str | None = None,
        now: float | None = None,
    ) -> RegisteredModel:
        """Copy a model's folder into the registry. The same content is registered once.

        Args:
            folder: a ``ModelBundle``.
            job_id: the job that trained it; whoever submitted that counts as its starter.
            run_id: the run that measured it.
            parent_sha256: the model it was fine-tuned from.
            data_sha256: of the data it was trained on.
            now: Unix seconds; None is the present.

        Raises:
            ModelError: the folder is no intact model.
            StoreError: it could not be copied, or the job is unknown.
        """
        bundle = ModelBundle.open(folder)
        sha256 = bundle.identity.sha256
        with self._database.writing() as session:
            self._copy(bundle)
            known = session.get(ModelRow, sha256)
            if known is not None:
                return self._model(known)
            row = ModelRow(
                sha256=sha256,
                id=bundle.identity.id,
                created_at=time.time() if now is None else now,
                registered_by=actor.name,
                started_by=_starter(session, job_id) or actor.name,
                job_id=job_id,
                run_id=run_id,
                parent_sha256=parent_sha256,
                data_sha256=data_sha256,
                code_version=__version__,
                description=canonical(bundle.metadata.to_json()),
            )
            detail = {"id": row.id, "job_id": job_id, "started_by": row.started_by}
            audit.record(session, actor, "model.register", row, detail, changed=[row])
            return self._model(row)

    @requires("model.gate")
    def judge(self, actor: Actor, sha256: str, gate: Mapping[str, Any]) -> RegisteredModel:
        """Keep the gate's comparison; ``gate["passes"]`` says whether it may be promoted.

        Raises:
            UsageError: the comparison does not say whether it passes.
            StoreError: there is no such model.
        """
        if not isinstance(gate.get("passes"), bool):
            raise UsageError("A gate result must state whether the model passes.")
        with self._database.writing() as session:
            row = stored(session, ModelRow, sha256)
            row.gate = canonical(dict(gate))
            detail = {"passes": gate["passes"]}
            audit.record(session, actor, "model.gate", row, detail, changed=[row])
            return self._model(row)

    @requires("model.promote")
    def promote(
        self,
        actor: Actor,
        sha256: str,
        reason: str,
        *,
        despite_gate: bool = False,
        expected_token: int | None = None,
        now: float | None = None,
    ) -> AliasChange:
        """Put a model into service. Every reading from now on, on every dashboard, is its.

        Args:
            actor: needs the approver's role; with accounts, not who started the training.
            sha256: the model.
            reason: why, 1 to 500 characters.
            despite_gate: promote although the gate did not pass; the audit says so.
            expected_token: ``serving_token`` when the decision was made; None: whatever serves.
            now: Unix seconds; None is the present.

        Raises:
            PermissionDenied: a second person is needed.
            UsageError: no reason, it serves already, or another was promoted or rolled back since.
            ModelError: its files are missing or altered, or the gate does not let it pass.
            StoreError: there is no such model.
        """
        with deciding(self._database, reason, expected_token) as (session, alias, reason):
            row = stored(session, ModelRow, sha256)
            if actor.name in (row.started_by, row.registered_by) and not actor.is_local:
                raise PermissionDenied(
                    "Someone other than the person who started it must promote a model."
                )
            passes = passes_gate(session, row, despite_gate=despite_gate)
            if alias.model_sha256 == sha256:
                raise UsageError("This model is already in service.")
            self._verified(sha256)
            detail = {"passes_gate": passes, "despite_gate": despite_gate}
            return change(session, actor, alias, sha256, "promote", reason, now, detail)

    @requires("model.rollback")
    def rollback(
        self,
        actor: Actor,
        reason: str,
        *,
        expected_token: int | None = None,
        now: float | None = None,
    ) -> AliasChange:
        """Bring back the model that served before the last promotion; arguments as in ``promote``.

        A model whose files are missing or altered is passed over, so that there is a way back
        whatever was damaged.

        Raises:
            UsageError: there is no reason, nothing to roll back, or it was changed meanwhile.
            ModelError: no earlier model can be used, nor the bundled one.
        """
        with deciding(self._database, reason, expected_token) as (session, alias, reason):
            stack = served(session)
            if not stack:
                raise UsageError("The bundled model is in service; there is nothing to roll back.")
            for before in [*reversed(stack[:-1]), None]:
                fault = self.fault(before)
                detail = {"passed_over": True} if fault else {}
                changed = change(session, actor, alias, before, "rollback", reason, now, detail)
                if fault is None:
                    return changed
            raise fault or ModelError("There is no earlier model to return to.")

    def is_stale(self, model: RegisteredModel) -> bool:
        """Whether the gate compared it with a model that no longer serves."""
        with self._database.reading() as session:
            return model.gate is not None and is_compared_with_another(session, model.gate)

    def serving(self) -> Serving | None:
        """The model in service, its files verified; None means the bundled model.

        Raises:
            ModelError: its files are missing or altered; nothing else is served in its place.
        """
        sha256 = self.in_service()
        return None if sha256 is None else Serving(self._verified(sha256), sha256)

    def in_service(self) -> str | None:
        """The sum of the model in service, whatever its files are; None means the bundled one."""
        with self._database.reading() as session:
            return serving_alias(session).model_sha256

    def fault(self, sha256: str | None) -> ModelError | None:
        """Why a model cannot be used, None where nothing speaks against it.

        Args:
            sha256: of the model; None is the bundled one.
        """
        try:
            if sha256 is None:
                ModelBundle.open(config.default_model())
            else:
                self._verified(sha256)
        except ModelError as error:
            return error
        return None

    def serving_token(self) -> int:
        """A number that changes whenever another model goes into service; cheap to poll."""
        tokens = self._database.all(select(AliasRow.token).where(AliasRow.name == SERVING))
        return tokens[0] if tokens else 0

    @requires("model.read")
    def history(self, actor: Actor) -> tuple[AliasChange, ...]:
        """Every promotion and rollback, newest first."""
        newest = select(AliasHistoryRow).order_by(AliasHistoryRow.token.desc())
        return tuple(row.as_record(AliasChange) for row in self._database.all(newest))

    @requires("model.read")
    def get(self, actor: Actor, sha256: str) -> RegisteredModel:
        """One model, its record proven unaltered.

        Raises:
            StoreError: there is no such model.
        """
        with self._database.reading() as session:
            return self._model(stored(session, ModelRow, sha256))

    @requires("model.read")
    def list(self, actor: Actor) -> tuple[RegisteredModel, ...]:
        """All registered models, newest first."""
        newest = select(ModelRow).order_by(ModelRow.created_at.desc(), ModelRow.sha256)
        return tuple(map(self._model, self._database.all(newest)))

    def _copy(self, bundle: ModelBundle) -> None:
        target = self._folder / bundle.identity.sha256
        if target.is_dir():
            self._verified(target.name)
            return
        temporary = self._folder / f".{target.name}.{secrets.token_hex(4)}"
        try:
            make_private(temporary)
            for name in (*bundle.metadata.files, DESCRIPTION):
                write_durably(temporary / name, (bundle.folder / name).read_bytes())
            temporary.rename(target)
            sync(self._folder)
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise StoreError(f"The model could not be stored ({error.strerror}).") from error
        self._verified(target.name)

    def _verified(self, sha256: str) -> Path:
        folder = self._folder / sha256
        if ModelBundle.open(folder).identity.sha256 != sha256:
            raise ModelError("A registered model was altered; it will not be used.")
        return folder

    def _model(self, row: ModelRow) -> RegisteredModel:
        return row.as_record(RegisteredModel, folder=self._folder / row.sha256)


def _starter(session: Session, job_id: str | None) -> str | None:
    if job_id is None:
        return None
    job = session.get(JobRow, job_id)
    if job is None:
        raise StoreError("The job that trained this model is not in the store.")
    return job.created_by
