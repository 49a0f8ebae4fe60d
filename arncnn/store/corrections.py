"""Corrections: what people say of a reading, and the second person's decision on it.

Each person has one word on a case; saying something new replaces it and asks for a new
decision. Notes are bounded and people are warned (``NOTE_WARNING``): they are free text and
must hold no patient data. They stay out of the audit and out of training.
"""

import re
import secrets
import time
from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from arncnn.errors import PermissionDenied, StoreError, UsageError
from arncnn.store import audit, roles
from arncnn.store.case import from_row as case_from_row
from arncnn.store.correction import NONE_OF_THESE, CaseCorrections, Correction, Review
from arncnn.store.roles import Actor
from arncnn.store.seals import require_intact
from arncnn.store.tables import CaseRow, CorrectionRow, ReviewRow

if TYPE_CHECKING:
    from arncnn.store.store import Store

NOTE_LENGTH = 500  # characters
NOTE_WARNING = "Do not write names, dates of birth, ids or other patient data into a note."
MOST_WEIGHT = 100.0
PROPOSED_WEIGHT = 20.0  # of one corrected scan beside the 3,000 images that an epoch replays
_CLASS_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,39}")


class Corrections:
    """Saying, withdrawing and deciding."""

    def __init__(self, store: "Store") -> None:
        self._store = store

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
            actor: needs the clinician's role.
            case_id: the case.
            label: the right class; a class the model does not know is allowed.
            is_none_of_these: the scan shows none of the classes.
            note: at most 500 characters, without patient data.
            now: Unix seconds; None is the present.

        Raises:
            PermissionDenied: the role is missing.
            UsageError: label and "none of these" together, a bad class name, a long note.
            StoreError: there is no such case.
        """
        roles.check(actor, "correction.add")
        if label is not None and is_none_of_these:
            raise UsageError("Choose a class or 'none of these', not both.")
        if label is not None and not _CLASS_NAME.fullmatch(label):
            raise UsageError("A class name has up to 40 letters, digits, spaces, '_' or '-'.")
        if len(note) > NOTE_LENGTH:
            raise UsageError(f"A note has at most {NOTE_LENGTH} characters. {NOTE_WARNING}")
        with self._store.writing() as session:
            case = _case(session, case_id)
            said_right = label is None and not is_none_of_these
            if said_right and case.label is None:
                raise UsageError("This reading was refused, so it has no class to call right.")
            answer = case.label if said_right else label
            row = session.scalar(
                select(CorrectionRow).where(
                    CorrectionRow.case_id == case_id, CorrectionRow.author == actor.name
                )
            ) or CorrectionRow(id=secrets.token_hex(8), case_id=case_id, author=actor.name)
            row.created_at = time.time() if now is None else now
            row.is_right = answer == case.label
            row.label, row.is_none_of_these, row.note = answer, is_none_of_these, note
            row.state, row.weight = "pending", 1.0
            detail = {"is_right": row.is_right, "answer": answer or NONE_OF_THESE}
            subject = f"cases:{case_id}"
            audit.record(session, actor, "correction.add", subject, detail=detail, changed=[row])
            return _correction(row)

    def withdraw(self, actor: Actor, correction_id: str) -> None:
        """Take one's own word back.

        Raises:
            PermissionDenied: the role is missing, or it is another person's word.
            StoreError: there is no such correction.
        """
        roles.check(actor, "correction.withdraw")
        with self._store.writing() as session:
            row = _row(session, correction_id)
            if row.author != actor.name:
                raise PermissionDenied("Only the person who said it can take it back.")
            of_row = select(ReviewRow).where(ReviewRow.correction_id == row.id)
            reviews = session.scalars(of_row).all()
            deleted = [row.subject(), *(review.subject() for review in reviews)]
            for review in reviews:
                session.delete(review)
            session.flush()
            session.delete(row)
            session.flush()
            subject = f"cases:{row.case_id}"
            audit.record(session, actor, "correction.withdraw", subject, deleted=deleted)

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
            PermissionDenied: the role is missing, or it is the actor's own correction.
            UsageError: the weight or the reason is out of bounds.
            StoreError: it is unknown, was changed since the actor saw it, or an approved
                correction of this scan says otherwise.
        """
        roles.check(actor, "correction.review")
        if not 0.0 < weight <= MOST_WEIGHT:
            raise UsageError(f"A weight lies above 0 and up to {MOST_WEIGHT:g}.")
        if len(reason) > NOTE_LENGTH:
            raise UsageError(f"A reason has at most {NOTE_LENGTH} characters. {NOTE_WARNING}")
        with self._store.writing() as session:
            row = _row(session, correction_id)
            if row.author == actor.name and not actor.is_local:
                raise PermissionDenied("A second person must decide on your correction.")
            if said_at not in (None, row.created_at):
                raise StoreError("Its author has changed it since. Look at it again, then decide.")
            if approve:
                _refuse_contradiction(session, row)
            row.state, row.weight = ("approved" if approve else "rejected"), weight
            review = ReviewRow(
                id=secrets.token_hex(8),
                correction_id=row.id,
                reviewer=actor.name,
                created_at=time.time() if now is None else now,
                decision=row.state,
                reason=reason,
            )
            audit.record(
                session,
                actor,
                "correction.review",
                f"cases:{row.case_id}",
                detail={"decision": row.state, "weight": weight, "author": row.author},
                changed=[row, review],
            )
            return _correction(row)

    def of_case(self, actor: Actor, case_id: str) -> CaseCorrections:
        """Who said what of a case, and what was decided.

        Raises:
            PermissionDenied: the role is missing.
            StoreError: there is no such case.
        """
        roles.check(actor, "correction.read")
        with self._store.reading() as session:
            return _opinions(session, _case(session, case_id))

    def by_case(self, actor: Actor, case_ids: Collection[str]) -> dict[str, tuple[Correction, ...]]:
        """What people said of several cases, oldest first; cases without a word are absent.

        Raises:
            PermissionDenied: the role is missing.
            StoreError: a correction was altered.
        """
        roles.check(actor, "correction.read")
        query = select(CorrectionRow).where(CorrectionRow.case_id.in_(case_ids))
        found: dict[str, tuple[Correction, ...]] = {}
        with self._store.reading() as session:
            for row in session.scalars(query.order_by(CorrectionRow.created_at, CorrectionRow.id)):
                require_intact(row)
                found[row.case_id] = (*found.get(row.case_id, ()), _correction(row))
        return found

    def queue(
        self, actor: Actor, *, state: str | None = "pending", offset: int = 0, limit: int = 50
    ) -> tuple[tuple[CaseCorrections, ...], int]:
        """Cases with corrections in a state (None: in any), oldest first, and their number.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "correction.read")
        first = func.min(CorrectionRow.created_at).label("first")
        waiting = select(CorrectionRow.case_id, first).group_by(CorrectionRow.case_id)
        if state is not None:
            waiting = waiting.where(CorrectionRow.state == state)
        page = waiting.order_by(first, CorrectionRow.case_id).offset(offset).limit(limit)
        with self._store.reading() as session:
            total = session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
            ids = [row[0] for row in session.execute(page)]
            return tuple(_opinions(session, _case(session, id)) for id in ids), total


def _opinions(session: Session, case: CaseRow) -> CaseCorrections:
    of_case = select(CorrectionRow).where(CorrectionRow.case_id == case.id)
    rows = session.scalars(of_case.order_by(CorrectionRow.created_at, CorrectionRow.id)).all()
    on_them = select(ReviewRow).where(ReviewRow.correction_id.in_([row.id for row in rows]))
    reviews = session.scalars(on_them.order_by(ReviewRow.created_at)).all()
    for row in rows:
        require_intact(row)
    for review in reviews:
        require_intact(review)
    corrections = tuple(_correction(row) for row in rows)
    counts = Counter(correction.answer for correction in corrections).most_common()
    decided = tuple(Review(**review.content()) for review in reviews)
    return CaseCorrections(case_from_row(case), corrections, decided, tuple(counts))


def _refuse_contradiction(session: Session, row: CorrectionRow) -> None:
    case = _case(session, row.case_id)
    others = session.scalars(
        select(CorrectionRow)
        .join(CaseRow, CaseRow.id == CorrectionRow.case_id)
        .where(
            CaseRow.scan_sha256 == case.scan_sha256,
            CaseRow.frame == case.frame,
            CorrectionRow.state == "approved",
            CorrectionRow.id != row.id,
        )
    )
    if any(other.label != row.label for other in others):
        raise StoreError(
            "Another approved correction of this scan says otherwise. "
            "Reject that one first, or reject this one."
        )


def _case(session: Session, case_id: str) -> CaseRow:
    row = session.get(CaseRow, case_id)
    if row is None:
        raise StoreError("There is no such case. It may have been deleted or have expired.")
    require_intact(row)
    return row


def _row(session: Session, correction_id: str) -> CorrectionRow:
    row = session.get(CorrectionRow, correction_id)
    if row is None:
        raise StoreError("There is no such correction. It may have been withdrawn.")
    require_intact(row)
    return row


def _correction(row: CorrectionRow) -> Correction:
    return Correction(**row.content())
