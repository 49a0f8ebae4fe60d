"""The tables of the store, one class each.

Times are Unix seconds (UTC). JSON columns hold canonical text (``seals.canonical``), so that
SQLite and PostgreSQL give back the same bytes and the same hash. No table counts its own ids:
a backup of one database restores into the other. A schema is read as one, so this file goes
past 300 lines.

Rows of a ``Sealed`` table carry the SHA-256 of their own content; the audit chain records each
seal, so an altered, removed or added row is found (see ``audit``).
"""

import json
import secrets
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_HASH = String(64)  # hex of SHA-256
_ID = String(32)
_NAME = String(256)
R = TypeVar("R")


class Json(Text):
    """A column of canonical JSON; the row itself holds the text, as it is sealed."""


def _random_id() -> str:
    return secrets.token_hex(8)


class Base(DeclarativeBase):
    """What all tables share: predictable constraint names, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    def as_record(self, kind: type[R], **known: Any) -> R:
        """The frozen dataclass that says what this row holds, its JSON parsed.

        JSON that was damaged outside the program is empty: its seal tells, here is no error.

        Args:
            kind: a dataclass whose fields are named like columns.
            known: the fields that are not, or that hold something else.
        """
        columns = inspect(self).mapper.columns
        for name in vars(kind)["__dataclass_fields__"].keys() - known.keys():
            value = getattr(self, name)
            is_json = value is not None and isinstance(columns[name].type, Json)
            known[name] = _parsed(value) if is_json else value
        return kind(**known)


def _parsed(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        found = {}
    if isinstance(found, list):
        return tuple(found)
    return MappingProxyType(found if isinstance(found, dict) else {})


class Sealed(Base):
    """A row whose content is covered by the audit chain."""

    __abstract__ = True
    unsealed: ClassVar[frozenset[str]] = frozenset()
    added_later: ClassVar[frozenset[str]] = frozenset()
    """Columns that older rows lack: sealed where they hold something, as those rows were."""
    seal: Mapped[str] = mapped_column(_HASH, default="")

    def subject(self) -> str:
        """``table:key``, the name of this row in the audit."""
        keys = map(str, inspect(self).mapper.primary_key_from_instance(self))
        return f"{self.__tablename__}:{'/'.join(keys)}"

    def content(self) -> dict[str, Any]:
        """Every sealed column's value by name."""
        names = (attribute.key for attribute in inspect(self).mapper.column_attrs)
        held = {n: getattr(self, n) for n in names if n != "seal" and n not in self.unsealed}
        return {n: v for n, v in held.items() if v is not None or n not in self.added_later}


class CaseRow(Sealed):
    """One scan as one model read it. The same bytes, frame and model are one case."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("scan_sha256", "frame", "model_sha256"),
        *(
            Index(None, name, "id")
            for name in ("created_at", "label", "verdict", "header_verdict", "entropy")
        ),
        Index(None, "maximum_probability", "id"),
    )
    added_later: ClassVar[frozenset[str]] = frozenset({"study_key"})

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=_random_id)
    created_at: Mapped[float] = mapped_column(Double)
    created_by: Mapped[str] = mapped_column(_NAME)
    scan_sha256: Mapped[str] = mapped_column(_HASH)
    frame: Mapped[int] = mapped_column(Integer)
    frames: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    series_key: Mapped[str | None] = mapped_column(String(128), index=True)
    study_key: Mapped[str | None] = mapped_column(String(128))
    is_localizer: Mapped[bool] = mapped_column(Boolean)
    training_match: Mapped[str | None] = mapped_column(String(16))
    display_label: Mapped[str | None] = mapped_column(_NAME)
    modality: Mapped[str | None] = mapped_column(String(64))
    body_part: Mapped[str | None] = mapped_column(String(64), index=True)
    manufacturer: Mapped[str | None] = mapped_column(String(64))
    scanner_model: Mapped[str | None] = mapped_column(String(64))
    label: Mapped[str | None] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(16))
    header_verdict: Mapped[str] = mapped_column(String(16))
    maximum_probability: Mapped[float | None] = mapped_column(Double)
    entropy: Mapped[float | None] = mapped_column(Double)
    novelty_p_value: Mapped[float | None] = mapped_column(Double)
    model_id: Mapped[str] = mapped_column(String(128))
    model_sha256: Mapped[str] = mapped_column(_HASH, index=True)
    software_version: Mapped[str] = mapped_column(String(32))
    pixels_sha256: Mapped[str] = mapped_column(_HASH, index=True)
    thumbnail_sha256: Mapped[str] = mapped_column(_HASH, index=True)
    reading: Mapped[str] = mapped_column(Json)
    attributes: Mapped[str] = mapped_column(Json)
    warnings: Mapped[str] = mapped_column(Json)


class CorrectionRow(Sealed):
    """What one person says about one case's reading; a later word replaces the earlier."""

    __tablename__ = "corrections"
    __table_args__ = (
        UniqueConstraint("case_id", "author"),
        Index(None, "state", "created_at"),
        CheckConstraint("state IN ('pending', 'approved', 'rejected')", name="state"),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=_random_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    author: Mapped[str] = mapped_column(_NAME)
    created_at: Mapped[float] = mapped_column(Double)
    is_right: Mapped[bool] = mapped_column(Boolean)
    label: Mapped[str | None] = mapped_column(String(64))
    is_none_of_these: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(16))
    weight: Mapped[float] = mapped_column(Double)


class ReviewRow(Sealed):
    """A second person's decision on a correction."""

    __tablename__ = "reviews"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=_random_id)
    correction_id: Mapped[str] = mapped_column(ForeignKey("corrections.id"), index=True)
    reviewer: Mapped[str] = mapped_column(_NAME)
    created_at: Mapped[float] = mapped_column(Double)
    decision: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(500))


class HeaderDecisionRow(Sealed):
    """Whether a person holds a header that disagrees for wrong; a later word replaces it."""

    __tablename__ = "header_decisions"
    __table_args__ = (CheckConstraint("decision IN ('confirmed', 'rejected')", name="decision"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    decision: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str] = mapped_column(_NAME)
    decided_at: Mapped[float] = mapped_column(Double)


class JobRow(Sealed):
    """One training to be done; its states are told in ``jobs``."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(
            "uq_jobs_running_device",
            "device",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index(None, "state", "created_at"),
        CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"
        ),
    )
    # What changes while it runs; the outcome is sealed again at the end.
    unsealed: ClassVar[frozenset[str]] = frozenset(
        {"state", "attempt", "max_attempts", "lease_until", "heartbeat_at", "device", "engine_ref"}
        | {"progress", "stop_flag", "started_at", "engine"}
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=_random_id)
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(Integer)
    max_attempts: Mapped[int] = mapped_column(Integer)
    wanted_device: Mapped[str] = mapped_column(String(128))
    device: Mapped[str | None] = mapped_column(String(128))
    engine: Mapped[str | None] = mapped_column(String(32))
    engine_ref: Mapped[str | None] = mapped_column(String(512))
    lease_until: Mapped[float | None] = mapped_column(Double)
    heartbeat_at: Mapped[float | None] = mapped_column(Double)
    stop_flag: Mapped[str | None] = mapped_column(String(16))
    spec: Mapped[str] = mapped_column(Json)
    progress: Mapped[str] = mapped_column(Json)
    result: Mapped[str | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(_NAME)
    created_at: Mapped[float] = mapped_column(Double)
    started_at: Mapped[float | None] = mapped_column(Double)
    finished_at: Mapped[float | None] = mapped_column(Double)
    outcome: Mapped[str | None] = mapped_column(String(16))


class JobEventRow(Base):
    """One line the trainer printed, numbered within its job."""

    __tablename__ = "job_events"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(Integer)
    at: Mapped[float] = mapped_column(Double)
    kind: Mapped[str] = mapped_column(String(32))
    payload: Mapped[str] = mapped_column(Json)


class RunRow(Sealed):
    """A finished training: what it was made of and what it measured."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=_random_id)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    created_at: Mapped[float] = mapped_column(Double)
    created_by: Mapped[str] = mapped_column(_NAME)
    folder: Mapped[str] = mapped_column(String(1024))
    recipe: Mapped[str] = mapped_column(Json)
    seed: Mapped[int] = mapped_column(BigInteger)
    data_sha256: Mapped[str | None] = mapped_column(_HASH)
    code_version: Mapped[str] = mapped_column(String(64))
    metrics: Mapped[str] = mapped_column(Json)


class ModelRow(Sealed):
    """A registered model; its key is the content address of its folder."""

    __tablename__ = "models"

    sha256: Mapped[str] = mapped_column(_HASH, primary_key=True)
    id: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[float] = mapped_column(Double)
    registered_by: Mapped[str] = mapped_column(_NAME)
    started_by: Mapped[str] = mapped_column(_NAME)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"))
    parent_sha256: Mapped[str | None] = mapped_column(_HASH)
    data_sha256: Mapped[str | None] = mapped_column(_HASH)
    code_version: Mapped[str] = mapped_column(String(64))
    description: Mapped[str] = mapped_column(Json)
    gate: Mapped[str | None] = mapped_column(Json)


class AliasRow(Sealed):
    """Which model a name such as "serving" stands for; None is the bundled model."""

    __tablename__ = "aliases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    model_sha256: Mapped[str | None] = mapped_column(ForeignKey("models.sha256"))
    token: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[float] = mapped_column(Double)


class AliasHistoryRow(Sealed):
    """Every change of an alias, numbered by the token it led to."""

    __tablename__ = "alias_history"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    token: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[float] = mapped_column(Double)
    actor: Mapped[str] = mapped_column(_NAME)
    action: Mapped[str] = mapped_column(String(16))
    model_sha256: Mapped[str | None] = mapped_column(ForeignKey("models.sha256"))
    reason: Mapped[str] = mapped_column(String(500))


class UserRow(Sealed):
    """An account, known by its identity provider's issuer and subject."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("issuer", "subject_id"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=_random_id)
    issuer: Mapped[str] = mapped_column(_NAME)
    subject_id: Mapped[str] = mapped_column(_NAME)
    name: Mapped[str] = mapped_column(_NAME)
    roles: Mapped[str] = mapped_column(_NAME)
    is_active: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[float] = mapped_column(Double)


class SignInRow(Base):
    """One login of one account; ``over`` says how it ended, other than by its expiry."""

    __tablename__ = "sign_ins"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    issued_at: Mapped[float] = mapped_column(Double, primary_key=True)
    expires_at: Mapped[float] = mapped_column(Double, primary_key=True)
    active_at: Mapped[float] = mapped_column(Double)
    over: Mapped[str | None] = mapped_column(String(16))


class AuditRow(Base):
    """One line of the audit; ``hash`` covers the line and the hash before it."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "actor", "number"), Index(None, "action", "number"))

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[float] = mapped_column(Double, index=True)
    actor: Mapped[str] = mapped_column(_NAME)
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(_NAME, index=True)
    detail: Mapped[str] = mapped_column(Json)
    seals: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(_HASH)
    hash: Mapped[str] = mapped_column(_HASH)


class AnchorRow(Base):
    """Where the audit chain ends ("audit"), what the schema hashes to, and the store's id.

    ``entries`` of the latter two ("schema", "store") is the audit line that notes them, 0 before.
    """

    __tablename__ = "anchors"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    entries: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(_HASH)


class SourceRow(Sealed):
    """An archive or a device that scans come from, and where answers go."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=_random_id)
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    settings: Mapped[str] = mapped_column(Json)
    is_paused: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[float] = mapped_column(Double)
    created_by: Mapped[str] = mapped_column(_NAME)


class CursorRow(Base):
    """How far a source was followed, by one way of asking it; or what was asked of it."""

    __tablename__ = "cursor"

    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    value: Mapped[str] = mapped_column(String(512))
    updated_at: Mapped[float] = mapped_column(Double)


class InboxRow(Base):
    """One object that came from a source; the same object, model and frame is read once."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("sop_uid", "model_sha256", "frame"),
        Index(None, "source_id", "state", "arrived_at"),
        Index(None, "series_uid", "state"),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True)  # the name of its file in the spool
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    arrived_at: Mapped[float] = mapped_column(Double)
    state: Mapped[str] = mapped_column(String(16))
    sentence: Mapped[str] = mapped_column(String(500))
    sop_class: Mapped[str] = mapped_column(String(64))
    sop_uid: Mapped[str] = mapped_column(String(64))
    series_uid: Mapped[str] = mapped_column(String(64))
    study_uid: Mapped[str] = mapped_column(String(64))
    pixels_sha256: Mapped[str | None] = mapped_column(_HASH)
    model_sha256: Mapped[str | None] = mapped_column(_HASH)
    frame: Mapped[int | None] = mapped_column(Integer)
    case_id: Mapped[str | None] = mapped_column(_ID, index=True)
    read_at: Mapped[float | None] = mapped_column(Double)


class OutboxRow(Base):
    """One answer on its way to a source, under a UID that follows from what it answers."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "source_id", "state", "due_at"),)

    uid: Mapped[str] = mapped_column(String(64), primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    about_uid: Mapped[str] = mapped_column(String(64), index=True)
    series_uid: Mapped[str] = mapped_column(String(64))
    study_uid: Mapped[str] = mapped_column(String(64))
    sop_class: Mapped[str] = mapped_column(String(64))
    model_sha256: Mapped[str] = mapped_column(_HASH)
    body_sha256: Mapped[str] = mapped_column(_HASH)
    state: Mapped[str] = mapped_column(String(16))
    sentence: Mapped[str] = mapped_column(String(500))
    attempts: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[float] = mapped_column(Double)
    created_at: Mapped[float] = mapped_column(Double)
    sent_at: Mapped[float | None] = mapped_column(Double)
