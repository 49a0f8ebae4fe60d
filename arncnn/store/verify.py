"""Proving a whole store: the chain, every sealed row, every kept file.

SQLite's own check misses most bit flips that change data, so it is only one of four:

1. the database's structure is sound (SQLite), its schema what the chain says it was;
2. the audit chain is unbroken up to its anchor;
3. replaying the chain tells each sealed row's seal: no row altered, missing or added; likewise
   where each job stands and what its log says (see ``job_seals`` for what a running one leaves);
4. every kept picture, thumbnail and model is there with its SHA-256, the bundled models too.

A file outside the store (``outside_anchor``) tells whether the whole database was rolled back.
Kept files that no row names are counted; ``sweep`` sees to them.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from arncnn import config
from arncnn.errors import ModelError, StoreError
from arncnn.formatting import counted
from arncnn.models import bundled
from arncnn.models.bundle import ModelBundle
from arncnn.models.metadata import ModelIdentity
from arncnn.store import audit, identity, job_seals, migrations, outside_anchor
from arncnn.store.audit import GENESIS, hash_of
from arncnn.store.database import Database
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import seal_of
from arncnn.store.serving_alias import SERVING
from arncnn.store.tables import (
    AliasRow,
    AnchorRow,
    AuditRow,
    Base,
    CaseRow,
    JobRow,
    ModelRow,
    Sealed,
)

_BATCH = 500
_MOST_PROBLEMS = 100  # told one by one


@dataclass(frozen=True)
class Verification:
    """What a check of the store found.

    Attributes:
        entries: lines of the audit that were checked.
        rows: sealed rows that were compared.
        files: kept files that were hashed.
        first_broken: number of the first audit line that does not follow; None if all do.
        problems: sentences, at most 100; empty when all is well.
        head: the chain's last hash.
        serving: the model in service and where it comes from; None when it cannot be used, or
            when files were left out.
        orphans: SHA-256 of kept files that no row names, at most 100: a crash left them, or the
            rows are gone.
    """

    entries: int
    rows: int
    files: int
    first_broken: int | None
    problems: tuple[str, ...]
    head: str
    serving: str | None = None
    orphans: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


@requires("store.verify")
def verify(store: Database, actor: Actor, *, files: bool = True) -> Verification:
    """Check all of a store, or all but its files.

    Raises:
        StoreError: the database is away or so damaged that it cannot be read at all.
    """
    store.close()  # what open connections remember of the file proves nothing
    with store.reading() as session:
        check = Check(session)
    if files:
        check.kept_files(store, is_in_use=True)
        check.models_that_read(store)
        check.find_orphans(store)
    try:
        if check.problems == []:
            outside_anchor.note(store)
    except StoreError as error:
        check.problems.append(str(error))
    return check.result()


class Check:
    """One verification, inside a transaction that may also hold unwritten changes.

    Args:
        session: any session.
        is_restored: what ``ARNCNN_ANCHOR`` knows of later lines is no matter.

    Raises:
        StoreError: the database is so damaged that its records cannot be read.
    """

    def __init__(self, session: Session, *, is_restored: bool = False) -> None:
        self.entries = self.rows = self.files = 0
        self.first_broken: int | None = None
        self.problems: list[str] = []
        self.head = GENESIS
        self.serving: str | None = None
        self.expected: dict[str, str] = {}
        self.orphans: tuple[str, ...] = ()
        self._cases: list[tuple[str, str, str]] = []
        self._models: list[str] = []
        try:
            self._structure(session)
            self._outside = {} if is_restored else self._known_heads(session)
            self._chain(session)
            self._anchors(session)
            self._sealed_rows(session)
            self._name_files(session)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise StoreError("The store's records cannot be read; restore a backup.") from error

    def result(self) -> Verification:
        """What was found so far."""
        problems = tuple(self.problems[:_MOST_PROBLEMS])
        read = (self.entries, self.rows, self.files, self.first_broken)
        orphans = self.orphans[:_MOST_PROBLEMS]
        return Verification(*read, problems, self.head, self.serving, orphans)

    def find_orphans(self, store: Database) -> None:
        """Look for kept files that no row names."""
        with store.reading() as session:
            suspects = identity.kept_files(store) - identity.named_files(session)
        if suspects:
            with store.writing() as session:  # the lock: no case is being added meanwhile
                suspects -= identity.named_files(session)
        self.orphans = tuple(sorted(suspects))

    def kept_files(self, store: Database, *, is_in_use: bool = False) -> None:
        """Hash every kept picture, thumbnail and model.

        Args:
            store: of the files.
            is_in_use: cases may be deleted meanwhile; their files are not missed.
        """
        for case_id, *names in self._cases:
            for name in names:
                self.files += 1
                try:
                    store.blobs.get(name)
                except StoreError:
                    if is_in_use and not _is_there(store, case_id):
                        continue
                    self.problems.append(
                        f"Stored pixels of cases:{case_id} are missing or altered."
                    )
        for sha256 in self._models:
            self.files += 1
            found = _identity(store.folder / "models" / sha256)
            if found is None or found.sha256 != sha256:
                self.problems.append(f"The files of models:{sha256} are missing or altered.")

    def models_that_read(self, store: Database) -> None:
        """Hash the bundled models, which are no rows, and say which model serves."""
        for name in bundled.SUMS:
            self.files += 1
            if _identity(bundled.BUNDLED_MODELS / name) is None:
                self.problems.append(f"The bundled model {name} is missing or altered.")
        named = config.default_model()
        folder = named if self._serving is None else store.folder / "models" / self._serving
        origin = (
            "registered"
            if self._serving
            else "bundled"
            if bundled.pinned(named)
            else "ARNCNN_MODEL"
        )
        found = _identity(folder)
        if found is not None and self._serving in (None, found.sha256):
            self.serving = f"{found.id}, {origin}"
        elif origin == "ARNCNN_MODEL" and (folder / "model.json").exists():
            self.problems.append("The model that ARNCNN_MODEL names was altered.")

    def _structure(self, session: Session) -> None:
        if session.get_bind().dialect.name != "sqlite":
            return
        for pragma in ("integrity_check", "foreign_key_check"):
            rows = [str(row[0]) for row in session.execute(text(f"PRAGMA {pragma}"))]
            if rows not in ([], ["ok"]):
                self.problems.append(f"SQLite's {pragma} reports {counted(len(rows), 'fault')}.")

    def _known_heads(self, session: Session) -> dict[int, str]:
        try:
            return outside_anchor.known_heads(identity.of_database(session))
        except StoreError as error:
            self.problems.append(str(error))
            return {}

    def _anchors(self, session: Session) -> None:
        """The schema and the store's id are what the chain says, or what no line tells of yet."""
        now = migrations.schema_hash(session.connection())
        is_schema_known = False
        for row in session.scalars(select(AnchorRow).where(AnchorRow.name != audit.ANCHOR)):
            subject = audit.anchor_subject(row.name)
            is_as_noted = row.hash == self.expected.pop(subject, None if row.entries else row.hash)
            if row.name == migrations.SCHEMA_ANCHOR:
                is_schema_known = is_as_noted and row.hash == now
            elif not is_as_noted:
                self.problems.append(f"{subject} was altered outside the program.")
        if not is_schema_known:
            self.problems.append("The tables' definitions were altered.")

    def _chain(self, session: Session) -> None:
        query = select(AuditRow).order_by(AuditRow.number).execution_options(yield_per=_BATCH)
        for row in session.scalars(query):
            follows = row.number == self.entries + 1 and row.previous_hash == self.head
            if self.first_broken is None and not (follows and row.hash == hash_of(row)):
                self.first_broken = self.entries + 1
                self.problems.append(f"The audit breaks at line {self.first_broken}.")
            self.entries, self.head = self.entries + 1, row.hash
            if self._outside.pop(row.number, row.hash) != row.hash:
                self.problems.append(f"Line {row.number} is not the one that ARNCNN_ANCHOR knows.")
            self._replay(row)
        self._outside.pop(0, None)
        if self._outside:
            self.problems.append(
                "The database was rolled back: ARNCNN_ANCHOR knows lines up to "
                f"{max(self._outside)}, the audit ends at {self.entries}."
            )
        if audit.end(session) != (self.entries, self.head):
            self.problems.append("The audit does not end where it should: lines are missing.")
            if self.first_broken is None:
                self.first_broken = self.entries + 1

    def _replay(self, row: AuditRow) -> None:
        try:
            seals = dict(json.loads(row.seals))
        except (ValueError, TypeError):  # the chain has already said that this line is broken
            return
        for subject, seal in seals.items():
            if seal is None:
                self.expected.pop(subject, None)
            else:
                self.expected[subject] = seal

    def _sealed_rows(self, session: Session) -> None:
        for mapper in Base.registry.mappers:
            if not issubclass(mapper.class_, Sealed):
                continue
            query = select(mapper.class_).execution_options(yield_per=_BATCH)
            for row in session.scalars(query):
                self.rows += 1
                seal = self.expected.pop(row.subject(), None)
                if seal is None:
                    self.problems.append(f"{row.subject()} was added outside the program.")
                elif not seal == row.seal == seal_of(row):
                    self.problems.append(f"{row.subject()} was altered outside the program.")
                if isinstance(row, JobRow):
                    self._job(session, row)
        self.problems += [f"{subject} is missing." for subject in self.expected]

    def _job(self, session: Session, row: JobRow) -> None:
        subject = row.subject()
        state = self.expected.pop(f"{subject}/state", None)
        events = self.expected.pop(f"{subject}/events", None)
        if not job_seals.is_as_sealed(session, row, state, events):
            self.problems.append(f"State or log of {subject} was altered outside the program.")

    def _name_files(self, session: Session) -> None:
        query = select(CaseRow.id, CaseRow.pixels_sha256, CaseRow.thumbnail_sha256)
        self._cases = [(row[0], row[1], row[2]) for row in session.execute(query)]
        self._models = list(session.scalars(select(ModelRow.sha256)))
        alias = session.get(AliasRow, SERVING)
        self._serving = alias.model_sha256 if alias else None


def _identity(folder: Path) -> ModelIdentity | None:
    """Of the intact model in the folder, if there is one."""
    try:
        return ModelBundle.open(folder).identity
    except ModelError:
        return None


def _is_there(store: Database, case_id: str) -> bool:
    with store.reading() as session:
        return session.get(CaseRow, case_id) is not None
