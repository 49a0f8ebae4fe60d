"""The worklist: cases filtered, sorted, paged, counted and exported."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from arncnn.store import audit
from arncnn.store.audit import csv_line, iso
from arncnn.store.case import Case, from_row
from arncnn.store.database import Q, Service, fitting
from arncnn.store.roles import Actor, requires
from arncnn.store.tables import CaseRow

EXPORT_COLUMNS = (
    *("id", "created_at", "label", "verdict", "header_verdict", "maximum_probability"),
    *("entropy", "novelty_p_value", "modality", "body_part", "manufacturer", "scanner_model"),
    *("frame", "frames", "kind", "is_localizer", "training_match", "display_label"),
    *("scan_sha256", "model_id", "model_sha256", "software_version"),
)
_SEARCHED: tuple[InstrumentedAttribute[Any], ...] = (
    CaseRow.id,
    CaseRow.display_label,
    CaseRow.label,
    CaseRow.body_part,
    CaseRow.manufacturer,
    CaseRow.scanner_model,
)
READ_ORDER = (CaseRow.created_at, CaseRow.id)  # as cases were read, which is the files' order
_BATCH = 200
_MOST = 1000  # cases on one page


@dataclass(frozen=True)
class CaseFilter:
    """Which cases; what is None does not filter. Times are Unix seconds.

    Attributes:
        search: part of an id, display label, body part, manufacturer or scanner model.
        ids: exactly these cases.
    """

    label: str | None = None
    verdict: str | None = None
    header_verdict: str | None = None
    series_key: str | None = None
    scan_sha256: str | None = None
    model_sha256: str | None = None
    created_by: str | None = None
    is_localizer: bool | None = None
    since: float | None = None
    until: float | None = None
    search: str | None = None
    ids: tuple[str, ...] | None = None


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
        lines = (csv_line(list(_values(case).values())) for case in cases)
        return chain([csv_line(EXPORT_COLUMNS)], lines)

    @requires("case.export")
    def json(self, actor: Actor, where: CaseFilter | None = None) -> Iterator[str]:
        """The cases as one JSON array in pieces of text, oldest first; audited."""
        return _json(self._exported(actor, where, "json"))

    def _exported(self, actor: Actor, where: CaseFilter | None, form: str) -> Iterator[Case]:
        with self._database.writing() as session:
            audit.record(session, actor, "case.export", "cases", {"form": form})
        query = filtered(select(CaseRow), where)
        return map(from_row, self._database.each(query, *READ_ORDER, batch=_BATCH))

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


def _values(case: Case) -> dict[str, Any]:
    values = {name: getattr(case, name) for name in EXPORT_COLUMNS}
    return {**values, "created_at": iso(case.created_at)}


def _json(cases: Iterable[Case]) -> Iterator[str]:
    before = "["
    for each in cases:
        record = {**_values(each), "reading": dict(each.reading)}
        yield before + json.dumps(record, allow_nan=False)
        before = ",\n"
    yield "[]" if before == "[" else "]"


def filtered(query: Select[*Q], where: CaseFilter | None) -> Select[*Q]:
    """The query for the cases that fit ``where`` only."""
    where = where or CaseFilter()
    query = fitting(query, where, CaseRow, CaseRow.created_at, but=("search", "ids"))
    if where.ids is not None:
        query = query.where(CaseRow.id.in_(where.ids))
    for word in (where.search or "").split():  # a scanner's maker and model are two columns
        query = query.where(or_(*(each.icontains(word, autoescape=True) for each in _SEARCHED)))
    return query
