"""The worklist by series: the slices of one series are one line.

A series has no probability of its own: the model reads each slice alone. What is said of a
series is a count of what was said of its slices. Localisers are counted apart.
"""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, func, literal_column, select
from sqlalchemy.orm import Session

from arncnn.errors import UsageError
from arncnn.store import roles
from arncnn.store.case import Case, from_row
from arncnn.store.roles import Actor
from arncnn.store.tables import CaseRow
from arncnn.store.worklist import CaseFilter, filtered

if TYPE_CHECKING:
    from arncnn.store.store import Store

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


class SeriesList:
    """Reading the worklist by series."""

    def __init__(self, store: "Store") -> None:
        self._store = store

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
            actor: any role.
            where: the filter.
            order: a key of ``ORDERS``; a series stands where its foremost slice would.
            offset: lines to skip, from 0.
            limit: lines on the page, at most 200.

        Raises:
            PermissionDenied: the role is missing.
            UsageError: the order is unknown.
        """
        roles.check(actor, "case.read")
        if order not in ORDERS:
            raise UsageError(f"The worklist can be ordered by {', '.join(ORDERS)}.")
        wanted = where or CaseFilter()
        query = filtered(select(_LINE), wanted).group_by(_LINE)
        page = query.order_by(ORDERS[order], _LATEST.desc(), _LINE.desc())
        page = page.offset(max(0, offset)).limit(max(0, min(limit, _MOST)))
        with self._store.reading() as session:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            keys = session.scalars(page).all()
            counted = _counted(session, wanted, keys)
            singles = _singles(session, wanted, [k for k in keys if sum(counted[k].values()) == 1])
            return LinePage(
                tuple(
                    _single(key, singles[key])
                    if key in singles
                    else _series(session, wanted, key, counted[key])
                    for key in keys
                ),
                total,
            )

    def cases(
        self, actor: Actor, line: Line, where: CaseFilter | None = None, *, limit: int = 500
    ) -> tuple[Case, ...]:
        """The cases behind a line in the order they were read, which is the files' order.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "case.read")
        query = _ordered(
            filtered(select(CaseRow), where or CaseFilter()).where(_LINE.in_([line.key]))
        )
        with self._store.reading() as session:
            return tuple(from_row(row) for row in session.scalars(_ordered(query).limit(limit)))

    def case_ids(self, actor: Actor, line: Line) -> tuple[str, ...]:
        """All cases behind a line, also those that a filter hides, in the order they were read.

        Raises:
            PermissionDenied: the role is missing.
        """
        roles.check(actor, "case.read")
        query = _ordered(select(CaseRow.id).where(_LINE.in_([line.key])))
        with self._store.reading() as session:
            return tuple(session.scalars(query))


# label, verdict, header verdict, whether it is a localiser
_Kind = tuple[str | None, str, str, bool]


def _ordered(query: Any) -> Any:
    return query.order_by(CaseRow.created_at, CaseRow.id)


def _counted(session: Session, where: CaseFilter, keys: Any) -> dict[str, Counter[_Kind]]:
    kinds = (CaseRow.label, CaseRow.verdict, CaseRow.header_verdict, CaseRow.is_localizer)
    columns: tuple[Any, ...] = (_LINE, *kinds, func.count())
    query = filtered(select(*columns), where)
    query = query.where(_LINE.in_(keys)).group_by(_LINE, *kinds)
    counted: dict[str, Counter[_Kind]] = {key: Counter() for key in keys}
    found: Any
    for found in session.execute(query):
        counted[found[0]][(found[1], found[2], found[3], bool(found[4]))] = found[5]
    return counted


def _singles(session: Session, where: CaseFilter, keys: Any) -> dict[str, Case]:
    columns: tuple[Any, ...] = (_LINE, CaseRow)
    query = filtered(select(*columns), where).where(_LINE.in_(keys))
    return {key: from_row(row) for key, row in session.execute(query)}


def _single(key: str, case: Case) -> Line:
    slices = 0 if case.is_localizer else 1
    return Line(
        key, case, slices, 1 - slices, case.label, slices, case.verdict, case.header_verdict
    )


def _series(session: Session, where: CaseFilter, key: str, counted: Counter[_Kind]) -> Line:
    slices = {kind: count for kind, count in counted.items() if not kind[3]}
    localizers = sum(counted.values()) - sum(slices.values())
    speaking = slices or dict(counted)  # of localisers alone, they speak for themselves
    labels, verdicts, headers = (Counter[Any]() for _ in range(3))
    for (label, verdict, header, _), count in speaking.items():
        labels[label] += count
        verdicts[verdict] += count
        headers[header] += count
    label, agreeing = max(labels.items(), key=lambda item: (item[1], item[0] or ""))
    query = filtered(select(CaseRow), where).where(_LINE.in_([key]))
    query = query.where(CaseRow.is_localizer == (not slices))
    query = query.where(CaseRow.label.is_(None) if label is None else CaseRow.label == label)
    middle = session.scalars(_ordered(query).offset(agreeing // 2).limit(1)).one()
    return Line(
        key=key,
        case=from_row(middle),
        slices=sum(slices.values()),
        localizers=localizers,
        label=label,
        agreeing=agreeing if slices else 0,
        verdict=max(_CAREFUL, key=lambda verdict: verdicts[verdict]),
        header_verdict=(
            "disagree" if headers["disagree"] else max(_HEADERS, key=lambda said: headers[said])
        ),
    )
