"""What the registry knows of a model, and of how it came into service."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RegisteredModel:
    """One model of the registry. Times are Unix seconds.

    Attributes:
        sha256: its content address: the SHA-256 of model.json, which holds all other sums.
        id: its readable name.
        started_by: who started the training; with accounts, someone else must promote it.
        description: model.json, parsed; see ``ModelMetadata``.
        gate: the comparison with the model in service, or None before it was made.
        folder: where its files are.
    """

    sha256: str
    id: str
    created_at: float
    registered_by: str
    started_by: str
    job_id: str | None
    run_id: str | None
    parent_sha256: str | None
    data_sha256: str | None
    code_version: str
    description: Mapping[str, Any]
    gate: Mapping[str, Any] | None
    folder: Path


@dataclass(frozen=True)
class Serving:
    """The model in service: its files, proven unaltered, and its content address."""

    folder: Path
    sha256: str


@dataclass(frozen=True)
class AliasChange:
    """One promotion or rollback; ``model_sha256`` None is the bundled model."""

    name: str
    token: int
    at: float
    actor: str
    action: str
    model_sha256: str | None
    reason: str
