"""The worklist: cases filtered, sorted, paged, counted and exported."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from sqlalchemy import case, func, select

from arncnn.store import audit
from arncnn.store.audit import csv_line, iso
from arncnn.store.case import Case, from_row
from arncnn.store.case_filter import CaseFilter, filtered
from arncnn.store.database import Service
from arncnn.store.roles import Actor, may, requires
from arncnn.store.tables import CaseRow, CorrectionRow

EXPORT_COLUMNS = (
    *("id", "created_at", "label", "verdict", "header_verdict", "maximum_probability"),
    *("entropy", "novelty_p_value", "modality", "body_part", "manufacturer", "scanner_model"),
    *("frame", "frames", "kind", "is_localizer", "training_match", "display_label"),
    *("scan_sha256", "model_id", "model_sha256", "software_version"),
    *("name", "study", "series", "answer", "correction", "correction_state"),
)
_OF_CORRECTIONS = ("correction", "correction_state")
READ_ORDER = (CaseRow.created_at, CaseRow.id)  # as cases were read, which is the files' order
_BATCH = 200
_MOST = 1000  # cases on one page


@dataclass(frozen=True)
class CasePage:
    """A slice of the worklist and the number of cases that fit the filter."""

    cases: tuple[Case, ...]
    total: int


@dataclass(frozen=True)
class Total:
    """Counts of one group of cases.

    Attributes:
        group: ("manufacturer", "scanner model") or ("body part",); "" where the header is silent.
        cases: how many; the other counts are parts of it.
    """

    group: tuple[str, ...]
    cases: int
    agree: int
    disagree: int
    review: int
    refuse: int


class Worklist(Service):
    """Reading many cases at once."""

    @requires("case.read")
    def list(
        self,
        actor: Actor,
        where: CaseFilter | None = None,
        *,
        offset: int = 0,
        limit: int = 50,
    ) -> CasePage:
        """A page of the cases, newest first; ``SeriesList`` knows other orders.

        Args:
            where: the filter.
            offset: cases to skip, from 0.
            limit: cases on the page, at most 1,000.
        """
        query, newest = filtered(select(CaseRow), where), (each.desc() for each in READ_ORDER)
        rows, total = self._database.page(query, *newest, offset=offset, limit=min(limit, _MOST))
        return CasePage(tuple(map(from_row, rows)), total)

    @requires("case.read")
    def by_scanner(self, actor: Actor, where: CaseFilter | None = None) -> tuple[Total, ...]:
        """Totals by manufacturer and scanner model, most cases first."""
        return self._totals(where, CaseRow.manufacturer, CaseRow.scanner_model)

    @requires("case.read")
    def by_body_part(self, actor: Actor, where: CaseFilter | None = None) -> tuple[Total, ...]:
        """Totals by the body part that the header states, most cases first."""
        return self._totals(where, CaseRow.body_part)

    @requires("case.export")
    def csv(self, actor: Actor, where: CaseFilter | None = None) -> Iterator[str]:
        """The cases as CSV text, oldest first, header first, in constant memory; audited."""
        cases = self._exported(actor, where, "csv")
        lines = (csv_line(list(_values(case, said).values())) for case, said in cases)
        return chain([csv_line(EXPORT_COLUMNS)], lines)

    @requires("case.export")
    def json(self, actor: Actor, where: CaseFilter | None = None) -> Iterator[str]:
        """The cases as one JSON array in pieces of text, oldest first; audited."""
        return _json(self._exported(actor, where, "json"))

    @requires("case.read")
    def by_verdict(self, actor: Actor, where: CaseFilter | None = None) -> dict[str, int]:
        """How many cases have each verdict; a verdict without any is absent."""
        query = filtered(select(CaseRow.verdict, func.count()), where).group_by(CaseRow.verdict)
        with self._database.reading() as session:
            return {verdict: int(cases) for verdict, cases in session.execute(query)}

    def _exported(self, actor: Actor, where: CaseFilter | None, form: str) -> Iterator["_Exported"]:
        """The cases with what people said of each, in batches of constant size."""
        with self._database.writing() as session:
            audit.record(session, actor, "case.export", "cases", {"form": form})
        query = filtered(select(CaseRow), where)
        cases = map(from_row, self._database.each(query, *READ_ORDER, batch=_BATCH))
        return self._with_corrections(cases, may(actor, "correction.read"))

    def _with_corrections(self, cases: Iterator[Case], is_allowed: bool) -> Iterator["_Exported"]:
        while some := tuple(islice(cases, _BATCH)):
            said: dict[str, list[CorrectionRow]] = {}
            asked = [case.id for case in some] if is_allowed else []
            query = select(CorrectionRow).where(CorrectionRow.case_id.in_(asked))
            for row in self._database.all(query.order_by(CorrectionRow.created_at)):
                said.setdefault(row.case_id, []).append(row)
            yield from ((case, said.get(case.id, [])) for case in some)

    def _totals(self, where: CaseFilter | None, *columns: Any) -> tuple[Total, ...]:
        counts = [
            func.coalesce(func.sum(case((column == value, 1), else_=0)), 0)
            for column, value in (
                (CaseRow.header_verdict, "agree"),
                (CaseRow.header_verdict, "disagree"),
                (CaseRow.verdict, "review"),
                (CaseRow.verdict, "refuse"),
            )
        ]
        groups = [func.coalesce(column, "") for column in columns]
        query = filtered(select(*columns, func.count(), *counts), where)
        query = query.group_by(*columns).order_by(func.count().desc(), *groups)
        width = len(columns)
        with self._database.reading() as session:
            return tuple(
                Total(tuple(value or "" for value in row[:width]), *(int(n) for n in row[width:]))
                for row in session.execute(query)
            )


_Exported = tuple[Case, list[CorrectionRow]]


def _values(case: Case, said: Iterable[CorrectionRow]) -> dict[str, Any]:
    values = {name: getattr(case, name) for name in EXPORT_COLUMNS if name not in _OF_CORRECTIONS}
    return {**values, "created_at": iso(case.created_at), **_correction(tuple(said))}


def _correction(said: Sequence[CorrectionRow]) -> dict[str, str]:
    """What people say that a case shows: what is approved, else what waits, else what is not."""
    for state in ("approved", "pending", "rejected"):
        answers = [row.label or "none of these" for row in said if row.state == state]
        if answers:
            return {"correction": " or ".join(dict.fromkeys(answers)), "correction_state": state}
    return dict.fromkeys(_OF_CORRECTIONS, "")


def _json(cases: Iterable[_Exported]) -> Iterator[str]:
    before = "["
    for each, said in cases:
        record = {**_values(each, said), "reading": dict(each.reading)}
        yield before + json.dumps(record, allow_nan=False)
        before = ",\n"
    yield "[]" if before == "[" else "]"
