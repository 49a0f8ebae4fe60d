"""Corrections: what people say of a reading, and the second person's decision on it.

Each person has one word on a case; saying something new replaces it and asks for a new
decision. Notes are bounded and people are warned (``NOTE_WARNING``): they are free text and
must hold no patient data. They stay out of the audit and out of training.
"""

import re
import time
from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from arncnn.errors import PermissionDenied, StoreError, UsageError
from arncnn.store import audit
from arncnn.store.case import from_row
from arncnn.store.correction import NONE_OF_THESE, CaseCorrections, Correction, Review
from arncnn.store.database import Service, count
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import require_intact, stored
from arncnn.store.tables import CaseRow, CorrectionRow, ReviewRow

NOTE_LENGTH = 500  # characters
NOTE_WARNING = "Do not write names, dates of birth, ids or other patient data into a note."
MOST_WEIGHT = 100.0
PROPOSED_WEIGHT = 20.0  # of one corrected scan beside the 3,000 images that an epoch replays
_CLASS_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,39}")


class Corrections(Service):
    """Saying, withdrawing and deciding."""

    @requires("correction.add")
    def submit(
        self,
        actor: Actor,
        case_id: str,
        *,
        label: str | None = None,
        is_none_of_these: bool = False,
        note: str = "",
        now: float | None = None,
    ) -> Correction:
        """Say what a case shows. With neither a label nor "none of these": the reading is right.

        Args:
            case_id: the case.
            label: the right class; a class the model does not know is allowed.
            is_none_of_these: the scan shows none of the classes.
            note: at most 500 characters, without patient data.
            now: Unix seconds; None is the present.

        Raises:
            UsageError: label and "none of these" together, a bad class name, a long note.
            StoreError: there is no such case.
        """
        _require_sayable(label, is_none_of_these, note)
        at = time.time() if now is None else now
        with self._database.writing() as session:
            return _say(session, actor, case_id, label, is_none_of_these, note, at)

    @requires("correction.add")
    def submit_all(
        self,
        actor: Actor,
        case_ids: Sequence[str],
        *,
        label: str | None = None,
        is_none_of_these: bool = False,
        now: float | None = None,
    ) -> tuple[Correction, ...]:
        """Say the same of several cases, of all of them or of none.

        With neither a label nor "none of these" each reading is right, a refusal too.

        Args:
            case_ids: the cases; label, is_none_of_these and now as for ``submit``.

        Raises:
            UsageError, StoreError: as for ``submit``; nothing was said.
        """
        _require_sayable(label, is_none_of_these, "")
        at = time.time() if now is None else now
        with self._database.writing() as session:
            return tuple(
                _say(
                    session,
                    actor,
                    each,
                    label,
                    _is_none(session, each, label) or is_none_of_these,
                    "",
                    at,
                )
                for each in case_ids
            )

    @requires("correction.withdraw")
    def withdraw(self, actor: Actor, correction_id: str) -> None:
        """Take one's own word back.

        Raises:
            PermissionDenied: it is another person's word.
            StoreError: there is no such correction.
        """
        with self._database.writing() as session:
            row = stored(session, CorrectionRow, correction_id)
            if row.author != actor.name:
                raise PermissionDenied("Only its author can withdraw it.")
            subject, deleted = f"cases:{row.case_id}", delete(session, [row])
            audit.record(session, actor, "correction.withdraw", subject, deleted=deleted)

    @requires("correction.review")
    def review(
        self,
        actor: Actor,
        correction_id: str,
        *,
        approve: bool,
        reason: str = "",
        weight: float = 1.0,
        said_at: float | None = None,
        now: float | None = None,
    ) -> Correction:
        """Approve a correction for training, or reject it.

        Args:
            actor: needs the approver's role; with accounts, not the author.
            correction_id: the correction.
            approve: False rejects it.
            reason: at most 500 characters, without patient data.
            weight: what it counts in training, above 0 to 100.
            said_at: ``created_at`` of the word that the actor saw; None takes it as it is.
            now: Unix seconds; None is the present.

        Raises:
            PermissionDenied: it is the actor's own correction.
            UsageError: the weight or the reason is out of bounds.
            StoreError: it is unknown, was changed since the actor saw it, or an approved
                correction of this scan says otherwise.
        """
        if not 0.0 < weight <= MOST_WEIGHT:
            raise UsageError(f"A weight must be above 0 and at most {MOST_WEIGHT:g}.")
        if len(reason) > NOTE_LENGTH:
            raise UsageError(f"A reason has at most {NOTE_LENGTH} characters. {NOTE_WARNING}")
        with self._database.writing() as session:
            row = stored(session, CorrectionRow, correction_id)
            if row.author == actor.name and not actor.is_local:
                raise PermissionDenied("A second person must decide on your correction.")
            if said_at not in (None, row.created_at):
                raise StoreError(
                    "Its author has changed it since then. Look at it again, then decide."
                )
            if approve:
                _refuse_contradiction(session, row)
            row.state, row.weight = ("approved" if approve else "rejected"), weight
            review = ReviewRow(
                correction_id=row.id,
                reviewer=actor.name,
                created_at=time.time() if now is None else now,
                decision=row.state,
                reason=reason,
            )
            subject = f"cases:{row.case_id}"
            detail = {"decision": row.state, "weight": weight, "author": row.author}
            changed = [row, review]
            audit.record(session, actor, "correction.review", subject, detail, changed=changed)
            return row.as_record(Correction)

    @requires("correction.read")
    def of_case(self, actor: Actor, case_id: str) -> CaseCorrections:
        """Who said what of a case, and what was decided.

        Raises:
            StoreError: there is no such case.
        """
        with self._database.reading() as session:
            return _of_case(session, case_id)

    @requires("correction.read")
    def by_case(self, actor: Actor, case_ids: Collection[str]) -> dict[str, tuple[Correction, ...]]:
        """What people said of several cases, oldest first; cases without a word are absent.

        Raises:
            StoreError: a correction was altered.
        """
        found: dict[str, tuple[Correction, ...]] = {}
        for row in self._database.all(_said_of(case_ids)):
            require_intact(row)
            found[row.case_id] = (*found.get(row.case_id, ()), row.as_record(Correction))
        return found

    @requires("correction.read")
    def queue(
        self, actor: Actor, *, state: str | None = "pending", offset: int = 0, limit: int = 50
    ) -> tuple[tuple[CaseCorrections, ...], int]:
        """Cases with corrections in a state (None: in any), oldest first, and their number."""
        first = func.min(CorrectionRow.created_at).label("first")
        waiting = select(CorrectionRow.case_id, first).group_by(CorrectionRow.case_id)
        if state is not None:
            waiting = waiting.where(CorrectionRow.state == state)
        page = waiting.order_by(first, CorrectionRow.case_id).offset(offset).limit(limit)
        with self._database.reading() as session:
            case_ids = session.scalars(page).all()  # the first column of each
            return tuple(_of_case(session, id) for id in case_ids), count(session, waiting)


def _require_sayable(label: str | None, is_none_of_these: bool, note: str) -> None:
    if label is not None and is_none_of_these:
        raise UsageError("Choose a class or 'none of these', not both.")
    if label is not None and not _CLASS_NAME.fullmatch(label):
        raise UsageError("A class name has up to 40 letters, digits, spaces, '_' or '-'.")
    if len(note) > NOTE_LENGTH:
        raise UsageError(f"A note has at most {NOTE_LENGTH} characters. {NOTE_WARNING}")


def _is_none(session: Session, case_id: str, label: str | None) -> bool:
    """Whether "right" means none of the classes: the reading was refused."""
    return label is None and stored(session, CaseRow, case_id).label is None


def _say(
    session: Session,
    actor: Actor,
    case_id: str,
    label: str | None,
    is_none_of_these: bool,
    note: str,
    at: float,
) -> Correction:
    case = stored(session, CaseRow, case_id)
    said_right = label is None and not is_none_of_these
    if said_right and case.label is None:
        raise UsageError("This reading was refused, so it has no class to confirm.")
    answer = case.label if said_right else label
    row = session.scalar(
        select(CorrectionRow).where(
            CorrectionRow.case_id == case_id, CorrectionRow.author == actor.name
        )
    ) or CorrectionRow(case_id=case_id, author=actor.name)
    row.created_at = at
    row.is_right = answer == case.label
    row.label, row.is_none_of_these, row.note = answer, is_none_of_these, note
    row.state, row.weight = "pending", 1.0
    detail = {"is_right": row.is_right, "answer": answer or NONE_OF_THESE}
    audit.record(session, actor, "correction.add", case, detail, changed=[row])
    return row.as_record(Correction)


def delete(session: Session, corrections: Sequence[CorrectionRow]) -> list[str]:
    """Delete corrections and the decisions on them; give the subjects of all that is gone."""
    reviews = session.scalars(_decided_on(corrections)).all()
    deleted = [*(c.subject() for c in corrections), *(r.subject() for r in reviews)]
    for group in (reviews, corrections):
        for item in group:
            session.delete(item)
        session.flush()  # children before parents
    return deleted


def _said_of(case_ids: Collection[str]) -> Select[CorrectionRow]:
    query = select(CorrectionRow).where(CorrectionRow.case_id.in_(case_ids))
    return query.order_by(CorrectionRow.created_at, CorrectionRow.id)


def _decided_on(corrections: Sequence[CorrectionRow]) -> Select[ReviewRow]:
    query = select(ReviewRow).where(ReviewRow.correction_id.in_([c.id for c in corrections]))
    return query.order_by(ReviewRow.created_at)


def _of_case(session: Session, case_id: str) -> CaseCorrections:
    case = stored(session, CaseRow, case_id)
    rows = session.scalars(_said_of([case_id])).all()
    reviews = session.scalars(_decided_on(rows)).all()
    require_intact(*rows, *reviews)
    corrections = tuple(row.as_record(Correction) for row in rows)
    counts = Counter(correction.answer for correction in corrections).most_common()
    decided = tuple(review.as_record(Review) for review in reviews)
    return CaseCorrections(from_row(case), corrections, decided, tuple(counts))


def _refuse_contradiction(session: Session, row: CorrectionRow) -> None:
    case = stored(session, CaseRow, row.case_id)
    otherwise = (
        select(CorrectionRow.id)
        .join(CaseRow, CaseRow.id == CorrectionRow.case_id)
        .where(CaseRow.scan_sha256 == case.scan_sha256, CaseRow.frame == case.frame)
        .where(CorrectionRow.state == "approved", CorrectionRow.id != row.id)
        .where(CorrectionRow.label.is_distinct_from(row.label))
    )
    if session.scalar(otherwise.limit(1)) is not None:
        raise StoreError(
            "Another approved correction of this scan disagrees. Reject that one first, or "
            "reject this one."
        )
