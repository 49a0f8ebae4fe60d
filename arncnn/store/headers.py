"""Headers: kept cases whose header and pixels disagree, grouped, decided on, and exported.

Nothing is rewritten, here or anywhere: a person confirms that the pixels are right, or rejects
the suggestion, and the confirmed ones leave as a list of suggested values.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal, get_args

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from arncnn.errors import StoreError, UsageError
from arncnn.intake.body_regions import SNOMED_CT
from arncnn.labels import MEDICAL_MNIST
from arncnn.store import audit
from arncnn.store.audit import csv_line, iso
from arncnn.store.case import Case, from_row
from arncnn.store.database import Service, count
from arncnn.store.header_suggestion import Suggestion, filled_in, suggestion
from arncnn.store.roles import Actor, requires
from arncnn.store.seals import require_intact, stored
from arncnn.store.tables import CaseRow, HeaderDecisionRow
from arncnn.store.worklist import READ_ORDER

Decision = Literal["confirmed", "rejected"]
HeaderState = Literal["undecided", "confirmed", "rejected"]
MOST = 1000
"""Cases that are decided on at a time."""

CSV_COLUMNS = (
    *("case_id", "scan_sha256", "frame", "frames", "manufacturer", "scanner_model"),
    *("stated_modality", "stated_body_part", "read_as", "probability", "disagrees_in"),
    *("suggested_body_part_examined", "code_value", "coding_scheme_designator", "code_meaning"),
    *("decision", "decided_at", "model_id"),
)
_GROUPED: tuple[InstrumentedAttribute[Any], ...] = (
    CaseRow.manufacturer,
    CaseRow.scanner_model,
    CaseRow.modality,
    CaseRow.body_part,
    CaseRow.label,
)
_BATCH = 200


@dataclass(frozen=True)
class HeaderGroup:
    """Cases of one scanner that state the same and were read as the same.

    Attributes:
        manufacturer, scanner_model: as the header has them; None where it is silent.
        modality: stated, such as "CT".
        body_part: stated in Body Part Examined; None where only codes or descriptions name one.
        label: the class that was read.
        cases: how many.
        series: of how many series; a file of its own counts as one.
    """

    manufacturer: str | None
    scanner_model: str | None
    modality: str | None
    body_part: str | None
    label: str | None
    cases: int
    series: int

    @property
    def key(self) -> tuple[str | None, ...]:
        """What makes it this group."""
        return (self.manufacturer, self.scanner_model, self.modality, self.body_part, self.label)


@dataclass(frozen=True)
class GroupPage:
    """A slice of the groups and the number of groups in all."""

    groups: tuple[HeaderGroup, ...]
    total: int


@dataclass(frozen=True)
class HeaderCases:
    """A slice of one group's cases, in the order they were read, and their number."""

    cases: tuple[Case, ...]
    total: int


class Headers(Service):
    """The queue of headers that disagree."""

    @requires("case.read")
    def groups(
        self,
        actor: Actor,
        *,
        state: HeaderState = "undecided",
        offset: int = 0,
        limit: int = 20,
    ) -> GroupPage:
        """Groups that hold cases in a state, most cases first.

        Args:
            actor: who asks.
            state: what was decided.
            offset: groups to skip, from 0.
            limit: groups on the page.
        """
        series = func.count(func.distinct(func.coalesce(CaseRow.series_key, CaseRow.id)))
        query = _disagreeing(select(*_GROUPED, func.count(), series), state).group_by(*_GROUPED)
        order = (func.count().desc(), *(func.coalesce(column, "") for column in _GROUPED))
        with self._database.reading() as session:
            rows = session.execute(query.order_by(*order).offset(offset).limit(limit)).all()
            return GroupPage(tuple(HeaderGroup(*row) for row in rows), count(session, query))

    @requires("case.read")
    def cases(
        self,
        actor: Actor,
        group: HeaderGroup,
        *,
        state: HeaderState = "undecided",
        offset: int = 0,
        limit: int = MOST,
    ) -> HeaderCases:
        """A group's cases.

        Args:
            actor: who asks.
            group: from ``groups``.
            state: what was decided.
            offset: cases to skip, from 0.
            limit: cases on the page, at most 1,000.
        """
        query = _disagreeing(select(CaseRow), state)
        for column, value in zip(_GROUPED, group.key, strict=True):
            query = query.where(column.is_not_distinct_from(value))
        rows, total = self._database.page(query, *READ_ORDER, offset=offset, limit=min(limit, MOST))
        return HeaderCases(tuple(map(from_row, rows)), total)

    @requires("case.read")
    def suggestion(self, actor: Actor, case_id: str) -> Suggestion:
        """What a case's header would say, by the classes of the model that read it.

        Raises:
            StoreError: there is no such case.
        """
        with self._database.reading() as session:
            case = from_row(stored(session, CaseRow, case_id))
            return suggestion(case, filled_in(session).get(case.model_sha256, MEDICAL_MNIST))

    @requires("header.decide")
    def decide(
        self,
        actor: Actor,
        case_ids: Sequence[str],
        decision: Decision,
        *,
        now: float | None = None,
    ) -> int:
        """Decide on several cases, all of them or none; give how many. One audit line each.

        Args:
            actor: who decides.
            case_ids: at most 1,000, whose header disagrees with the reading.
            decision: "confirmed": the pixels are right; "rejected": the header is.
            now: Unix seconds; None is the present.

        Raises:
            UsageError: another decision, or too many cases at a time.
            StoreError: one does not exist, or its header does not disagree; nothing was decided.
        """
        if decision not in get_args(Decision):
            raise UsageError(f"A decision is one of {', '.join(get_args(Decision))}.")
        if len(case_ids) > MOST:
            raise UsageError(f"At most {MOST:,} cases are decided on at a time.")
        at = time.time() if now is None else now
        with self._database.writing() as session:
            for case_id in dict.fromkeys(case_ids):
                case = stored(session, CaseRow, case_id)
                if case.header_verdict != "disagree":
                    raise StoreError("The header of one of these cases does not disagree.")
                row = session.get(HeaderDecisionRow, case_id)
                if row is None:
                    row = HeaderDecisionRow(case_id=case_id)
                else:
                    require_intact(row)
                row.decision, row.decided_by, row.decided_at = decision, actor.name, at
                audit.record(
                    session, actor, "header.decide", case, {"decision": decision}, changed=[row]
                )
        return len(dict.fromkeys(case_ids))

    @requires("case.export")
    def csv(self, actor: Actor, *, state: HeaderState = "confirmed") -> Iterator[str]:
        """Suggested values of a state's cases as CSV text, header first, audited.

        A line names its file by the SHA-256 of its bytes: identifiers are not kept.

        Args:
            actor: who takes it away.
            state: what was decided.
        """
        with self._database.writing() as session:
            detail = {"form": "csv", "state": state}
            audit.record(session, actor, "case.export", "header_decisions", detail)
        return chain([csv_line(CSV_COLUMNS)], self._lines(state))

    def _lines(self, state: HeaderState) -> Iterator[str]:
        query = _disagreeing(select(CaseRow), state)
        decisions = select(HeaderDecisionRow).where(HeaderDecisionRow.decision == state)
        decided = {row.case_id: row for row in self._database.all(decisions)}
        require_intact(*decided.values())
        with self._database.reading() as session:
            known = filled_in(session)
        for row in self._database.each(query, *READ_ORDER, batch=_BATCH):
            found = suggestion(from_row(row), known.get(row.model_sha256, MEDICAL_MNIST))
            yield csv_line(_values(from_row(row), found, decided.get(row.id)))


def delete(session: Session, case_id: str) -> list[str]:
    """Delete what was decided on a case; give the subjects of all that is gone."""
    row = session.get(HeaderDecisionRow, case_id)
    if row is None:
        return []
    subject = row.subject()
    session.delete(row)
    session.flush()  # before its case
    return [subject]


def _values(case: Case, found: Suggestion, decided: HeaderDecisionRow | None) -> list[object]:
    region = found.region
    suggested: tuple[str, ...] = ("",) * 4
    if region is not None:
        suggested = (region.body_part_examined, region.code, SNOMED_CT, region.meaning)
    probability = case.maximum_probability
    return [
        *(case.id, case.scan_sha256, case.frame, case.frames),
        *(case.manufacturer, case.scanner_model, case.modality, case.body_part, case.label),
        None if probability is None else f"{probability:.4f}",
        " and ".join(found.disagrees_in),
        *suggested,
        "undecided" if decided is None else decided.decision,
        None if decided is None else iso(decided.decided_at),
        case.model_id,
    ]


def _disagreeing(query: Select[Any], state: HeaderState) -> Select[Any]:
    decision = HeaderDecisionRow.decision
    query = query.where(CaseRow.header_verdict == "disagree").outerjoin(
        HeaderDecisionRow, HeaderDecisionRow.case_id == CaseRow.id
    )
    return query.where(decision.is_(None) if state == "undecided" else decision == state)
