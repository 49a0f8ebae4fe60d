"""The worklist by series: the slices of one series are one line.

A series has no probability of its own: the model reads each slice alone. What is said of a
series is a count of what was said of its slices. Localisers are counted apart.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select
from sqlalchemy.orm import Session

from arncnn.errors import UsageError
from arncnn.store.case import Case, from_row
from arncnn.store.database import Q, Service, count
from arncnn.store.roles import Actor, requires
from arncnn.store.tables import CaseRow
from arncnn.store.worklist import READ_ORDER, CaseFilter, filtered

_MOST = 200  # lines on one page
_CAREFUL = ("refuse", "review", "accept")  # of two verdicts as frequent, the earlier one
_HEADERS = ("disagree", "cannot_judge", "silent", "agree")

# The slices of one series as one model read them are a line; so is a case without a series.
_LINE: ColumnElement[str] = func.coalesce(
    CaseRow.series_key + literal_column("':'") + CaseRow.model_sha256, CaseRow.id
)
_LATEST: ColumnElement[Any] = func.max(CaseRow.created_at)


def _any(column: Any, value: str) -> ColumnElement[Any]:
    """1 for a line with any such case, else 0."""
    return func.max(case((column == value, 1), else_=0))


# What a line of the worklist can be put in order by; equal ones by when they were read.
ORDERS: dict[str, ColumnElement[Any]] = {
    "newest": _LATEST.desc(),
    "oldest": _LATEST.asc(),
    "least_certain": func.max(CaseRow.entropy).desc().nulls_last(),
    "header_disagrees": _any(CaseRow.header_verdict, "disagree").desc(),
    "refused": _any(CaseRow.verdict, "refuse").desc(),
    "label": func.max(CaseRow.label).asc().nulls_last(),
}


@dataclass(frozen=True)
class Line:
    """One line of the worklist: a single case, or the slices of a series.

    Attributes:
        key: names the line.
        case: the single case; of a series the middle one of the slices that speak for it.
        slices: how many, localisers left out.
        localizers: how many.
        label: what most slices show; None where most got no class.
        agreeing: how many slices show it.
        verdict: what most slices got; at a tie the more careful one.
        header_verdict: "disagree" when the header disagrees with any slice, else as for most.
    """

    key: str
    case: Case
    slices: int
    localizers: int
    label: str | None
    agreeing: int
    verdict: str
    header_verdict: str

    @property
    def is_series(self) -> bool:
        """Whether several cases stand behind the line."""
        return self.slices + self.localizers > 1


@dataclass(frozen=True)
class LinePage:
    """A page of lines and how many there are in all."""

    lines: tuple[Line, ...]
    total: int


class SeriesList(Service):
    """Reading the worklist by series."""

    @requires("case.read")
    def list(
        self,
        actor: Actor,
        where: CaseFilter | None = None,
        *,
        order: str = "newest",
        offset: int = 0,
        limit: int = 50,
    ) -> LinePage:
        """A page of lines. Only cases that fit ``where`` count.

        Args:
            where: the filter.
            order: a key of ``ORDERS``; a series stands where its foremost slice would.
            offset: lines to skip, from 0.
            limit: lines on the page, at most 200.

        Raises:
            UsageError: the order is unknown.
        """
        if order not in ORDERS:
            raise UsageError(f"The worklist can be ordered by {', '.join(ORDERS)}.")
        query = filtered(select(_LINE), where).group_by(_LINE)
        page = query.order_by(ORDERS[order], _LATEST.desc(), _LINE.desc())
        page = page.offset(max(0, offset)).limit(max(0, min(limit, _MOST)))
        with self._database.reading() as session:
            keys = session.scalars(page).all()
            counted = _counted(session, where, keys)
            singles = _singles(session, where, [k for k in keys if counted[k].total() == 1])
            lines = tuple(_line(session, where, k, counted[k], singles.get(k)) for k in keys)
            return LinePage(lines, count(session, query))

    @requires("case.read")
    def cases(
        self, actor: Actor, line: Line, where: CaseFilter | None = None, *, limit: int = 500
    ) -> tuple[Case, ...]:
        """The cases behind a line in the order they were read, which is the files' order."""
        query = _behind(select(CaseRow), line.key, where).limit(limit)
        return tuple(map(from_row, self._database.all(query)))

    @requires("case.read")
    def case_ids(self, actor: Actor, line: Line) -> tuple[str, ...]:
        """All cases behind a line, also those that a filter hides, in the order they were read."""
        return tuple(self._database.all(_behind(select(CaseRow.id), line.key, None)))

    @requires("case.read")
    def around(self, actor: Actor, case: Case, *, limit: int = 2000) -> tuple[Case, ...]:
        """The cases of a case's series as the same model read them, in the files' order."""
        if case.series_key is None:
            return (case,)
        query = _behind(select(CaseRow), f"{case.series_key}:{case.model_sha256}", None)
        return tuple(map(from_row, self._database.all(query.limit(limit))))


# label, verdict, header verdict, whether it is a localiser
_Kind = tuple[str | None, str, str, bool]


def _behind(query: Select[*Q], key: str, where: CaseFilter | None) -> Select[*Q]:
    return filtered(query, where).where(_LINE.in_([key])).order_by(*READ_ORDER)


def _counted(
    session: Session, where: CaseFilter | None, keys: Sequence[str]
) -> dict[str, Counter[_Kind]]:
    kinds = (CaseRow.label, CaseRow.verdict, CaseRow.header_verdict, CaseRow.is_localizer)
    columns: tuple[Any, ...] = (_LINE, *kinds, func.count())
    query = filtered(select(*columns), where).where(_LINE.in_(keys)).group_by(_LINE, *kinds)
    counted: dict[str, Counter[_Kind]] = {key: Counter() for key in keys}
    for key, label, verdict, header, is_localizer, cases in session.execute(query):
        counted[key][label, verdict, header, bool(is_localizer)] = cases
    return counted


def _singles(session: Session, where: CaseFilter | None, keys: Sequence[str]) -> dict[str, CaseRow]:
    columns: tuple[Any, ...] = (_LINE, CaseRow)
    query = filtered(select(*columns), where).where(_LINE.in_(keys))
    return dict(map(tuple, session.execute(query)))


def _line(
    session: Session,
    where: CaseFilter | None,
    key: str,
    counted: Counter[_Kind],
    single: CaseRow | None,
) -> Line:
    slices = Counter({kind: cases for kind, cases in counted.items() if not kind[3]})
    labels, verdicts, headers = (Counter[Any]() for _ in range(3))
    # Localisers alone speak for themselves.
    for (label, verdict, header, _), cases in (slices or counted).items():
        labels[label] += cases
        verdicts[verdict] += cases
        headers[header] += cases
    label, agreeing = max(labels.items(), key=lambda item: (item[1], item[0] or ""))
    query = _behind(select(CaseRow), key, where).where(
        CaseRow.is_localizer == (not slices),
        CaseRow.label.is_(None) if label is None else CaseRow.label == label,
    )
    middle = single or session.scalars(query.offset(agreeing // 2).limit(1)).one()
    return Line(
        key=key,
        case=from_row(middle),
        slices=slices.total(),
        localizers=counted.total() - slices.total(),
        label=label,
        agreeing=agreeing if slices else 0,
        verdict=max(_CAREFUL, key=lambda verdict: verdicts[verdict]),
        header_verdict=(
            "disagree" if headers["disagree"] else max(_HEADERS, key=lambda said: headers[said])
        ),
    )
