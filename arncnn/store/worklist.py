"""The worklist: cases filtered, sorted, paged, counted and exported."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from arncnn.errors import UsageError
from arncnn.store import audit, roles
from arncnn.store.audit import csv_line, iso
from arncnn.store.case import Case, from_row
from arncnn.store.roles import Actor
from arncnn.store.tables import CaseRow

if TYPE_CHECKING:
    from arncnn.store.store import Store

SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "created_at": CaseRow.created_at,
    "label": CaseRow.label,
    "verdict": CaseRow.verdict,
    "header_verdict": CaseRow.header_verdict,
    "maximum_probability": CaseRow.maximum_probability,
    "entropy": CaseRow.entropy,
}
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
_EQUAL = (
    *("label", "verdict", "header_verdict", "series_key", "scan_sha256", "model_sha256"),
    *("created_by", "is_localizer"),
)
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


class Worklist:
    """Reading many cases at once."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def list(
        self,
        actor: Actor,
        where: CaseFilter | None = None,
        *,
        sort: str = "created_at",
        descending: bool = True,
        offset: int = 0,
        limit: int = 50,
    ) -> CasePage:
        """A page of the worklist.

        Args:
            actor: any role.
            where: the filter.
            sort: a key of ``SORTS``.
            descending: newest or largest first; unknown values come last either way.
            offset: cases to skip, from 0.
            limit: cases on the page, at most 1,000.

        Raises:
            PermissionDenied: the role is missing.
            UsageError: the sort is unknown.
        """
        roles.check(actor, "case.read")
        if sort not in SORTS:
            raise UsageError(f"The worklist sorts by {', '.join(SORTS)}; choose one of these.")
        query = filtered(select(CaseRow), where or CaseFilter())
        column = SORTS[sort]
        by = column.desc() if descending else column.asc()
        if column.expression.nullable:  # where nothing is null, an index serves the order
            by = by.nulls_last()
        tie = CaseRow.id.desc() if descending else CaseRow.id.asc()
        page = query.order_by(by, tie).offset(max(0, offset)).limit(max(0, min(limit, _MOST)))
        with self._store.reading() as session:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            return CasePage(tuple(from_row(row) for row in session.scalars(page)), total)

    def by_scanner(self, actor: Actor, where: CaseFilter | None = None) -> tuple[Total, ...]:
        """Totals by manufacturer and scanner model, most cases first.

        Raises:
            PermissionDenied: the role is missing.
        """
        return self._totals(actor, where, (CaseRow.manufacturer, CaseRow.scanner_model))

    def by_body_part(self, actor: Actor, where: CaseFilter | None = None) -> tuple[Total, ...]:
        """Totals by the body part that the header states, most cases first.

        Raises:
            PermissionDenied: the role is missing.
        """
        return self._totals(actor, where, (CaseRow.body_part,))

    def csv(self, actor: Actor, where: CaseFilter | None = None) -> Iterator[str]:
        """The cases as CSV text, oldest first, header first, in constant memory; audited.

        Raises:
            PermissionDenied: the role is missing.
        """
        self._note_export(actor, "csv")
        return self._csv(where or CaseFilter())

    def json(self, actor: Actor, where: CaseFilter | None = None) -> Iterator[str]:
        """The cases as one JSON array in pieces of text, oldest first; audited.

        Raises:
            PermissionDenied: the role is missing.
        """
        self._note_export(actor, "json")
        return self._json(where or CaseFilter())

    def _note_export(self, actor: Actor, form: str) -> None:
        roles.check(actor, "case.export")
        with self._store.writing() as session:
            audit.record(session, actor, "case.export", "cases", detail={"form": form})

    def _csv(self, where: CaseFilter) -> Iterator[str]:
        yield csv_line(EXPORT_COLUMNS)
        for found in self._each(where):
            yield csv_line(list(_exported(found).values()))

    def _json(self, where: CaseFilter) -> Iterator[str]:
        before = "["
        for found in self._each(where):
            record = {**_exported(found), "reading": dict(found.reading)}
            yield before + json.dumps(record, allow_nan=False)
            before = ",\n"
        yield "[]" if before == "[" else "]"

    def _each(self, where: CaseFilter) -> Iterator[Case]:
        """Every case that fits, in pages, so that no transaction stays open between them."""
        at, last = float("-inf"), ""
        while True:
            after = or_(CaseRow.created_at > at, (CaseRow.created_at == at) & (CaseRow.id > last))
            query = filtered(select(CaseRow), where)
            if last:
                query = query.where(after)
            page = query.order_by(CaseRow.created_at, CaseRow.id).limit(_BATCH)
            with self._store.reading() as session:
                found = [from_row(row) for row in session.scalars(page)]
            yield from found
            if len(found) < _BATCH:
                return
            at, last = found[-1].created_at, found[-1].id

    def _totals(
        self, actor: Actor, where: CaseFilter | None, columns: Sequence[Any]
    ) -> tuple[Total, ...]:
        roles.check(actor, "case.read")
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
        query = filtered(select(*columns, func.count(), *counts), where or CaseFilter())
        query = query.group_by(*columns).order_by(func.count().desc(), *groups)
        width = len(columns)
        with self._store.reading() as session:
            return tuple(
                Total(tuple(value or "" for value in row[:width]), *(int(n) for n in row[width:]))
                for row in session.execute(query)
            )


def _exported(found: Case) -> dict[str, Any]:
    values = {name: getattr(found, name) for name in EXPORT_COLUMNS}
    return {**values, "created_at": iso(found.created_at)}


def filtered(query: Select[Any], where: CaseFilter) -> Select[Any]:
    """The query for the cases that fit ``where`` only."""
    for name in _EQUAL:
        value = getattr(where, name)
        if value is not None:
            query = query.where(getattr(CaseRow, name) == value)
    if where.since is not None:
        query = query.where(CaseRow.created_at >= where.since)
    if where.until is not None:
        query = query.where(CaseRow.created_at <= where.until)
    if where.ids is not None:
        query = query.where(CaseRow.id.in_(where.ids))
    for word in (where.search or "").split():  # a scanner's maker and model are two columns
        query = query.where(or_(*(each.icontains(word, autoescape=True) for each in _SEARCHED)))
    return query
