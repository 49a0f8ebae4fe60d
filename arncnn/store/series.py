"""The worklist by series: the slices of one series are one line.

A series has no probability of its own: the model reads each slice alone. What is said of a
series is a count of what was said of its slices. Localisers are counted apart.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select
from sqlalchemy.orm import Session

from arncnn.errors import UsageError
from arncnn.store.case import Case, from_row
from arncnn.store.case_filter import CaseFilter, filtered
from arncnn.store.database import Q, Service, count
from arncnn.store.roles import Actor, requires
from arncnn.store.tables import CaseRow, CorrectionRow
from arncnn.store.worklist import READ_ORDER

_MOST = 200  # lines on one page
_SLICES = 2000  # of one series
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


_WAITS: ColumnElement[bool] = (CaseRow.verdict == "review") & ~(
    select(CorrectionRow.id)
    .where(CorrectionRow.case_id == CaseRow.id, CorrectionRow.state != "rejected")
    .exists()
)


# What a line of the worklist can be put in order by; equal ones by when they were read.
ORDERS: dict[str, ColumnElement[Any]] = {
    "newest": _LATEST.desc(),
    "oldest": _LATEST.asc(),
    "least_certain": func.max(CaseRow.entropy).desc().nulls_last(),
    "header_disagrees": _any(CaseRow.header_verdict, "disagree").desc(),
    "refused": _any(CaseRow.verdict, "refuse").desc(),
    "label": func.max(CaseRow.label).asc().nulls_last(),
    "review_first": _any(CaseRow.verdict, "review").desc(),
}


@dataclass(frozen=True)
class Line:
    """One line of the worklist: a single case, or the slices of a series.

    Attributes:
        key: names the line.
        case: the single case; of a series, of the slices that speak for it, the middle one as
            they were read, which need not lie in the middle of the body.
        slices: how many, localisers left out.
        localizers: how many.
        label: what most slices show; None where most got no class.
        agreeing: how many slices show it.
        verdict: what most slices got; at a tie the more careful one.
        header_verdict: "disagree" when the header disagrees with any slice, else as for most.
        to_review: how many slices need review.
    """

    key: str
    case: Case
    slices: int
    localizers: int
    label: str | None
    agreeing: int
    verdict: str
    header_verdict: str
    to_review: int

    @property
    def is_series(self) -> bool:
        """Whether several cases stand behind the line."""
        return self.slices + self.localizers > 1


@dataclass(frozen=True)
class Neighbours:
    """What stands beside a case in the worklist, each by the id of a case to open.

    Attributes:
        place: of the case's line, from 1; None where the list does not hold it.
        total: lines in the list.
        to_review: the next case that needs review and of which nobody has said anything yet,
            past the end from the start again; None without one.
    """

    place: int | None
    total: int
    previous: str | None = None
    next: str | None = None
    to_review: str | None = None


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
    def neighbours(
        self,
        actor: Actor,
        case_id: str,
        where: CaseFilter | None = None,
        *,
        order: str = "review_first",
    ) -> Neighbours:
        """What stands before and after a case in the list that ``list`` gives in pages."""
        waits = func.max(case((_WAITS, 1), else_=0))
        query = filtered(select(_LINE, waits), where).group_by(_LINE)
        query = query.order_by(ORDERS[order], _LATEST.desc(), _LINE.desc())
        with self._database.reading() as session:
            found = [(str(key), bool(waiting)) for key, waiting in session.execute(query)]
            keys = [key for key, _ in found]
            own = session.scalar(select(_LINE).where(CaseRow.id == case_id))
            at = keys.index(own) if own in keys else None
            after = found if at is None else [*found[at + 1 :], *found[:at]]
            waiting = next((key for key, is_waiting in after if is_waiting), None)
            later, earlier = _beside(session, where, own, case_id) if at is not None else ([], [])
            of_others = [] if waiting is None else _waiting(session, where, waiting)
            return Neighbours(
                place=None if at is None else at + 1,
                total=len(keys),
                previous=_first(session, where, keys[at - 1]) if at else None,
                next=_first(session, where, after[0][0]) if after and at != len(keys) - 1 else None,
                to_review=next(iter([*later, *of_others, *earlier]), None),
            )

    @requires("case.read")
    def cases(
        self, actor: Actor, line: Line, where: CaseFilter | None = None, *, limit: int = 500
    ) -> tuple[Case, ...]:
        """The cases behind a line, as the series counts its slices."""
        query = _behind(select(CaseRow), line.key, where).limit(limit)
        return _in_order(map(from_row, self._database.all(query)))

    @requires("case.read")
    def case_ids(self, actor: Actor, line: Line) -> tuple[str, ...]:
        """All cases behind a line, also those that a filter hides, in the order they were read."""
        return tuple(self._database.all(_behind(select(CaseRow.id), line.key, None)))

    @requires("case.read")
    def around(self, actor: Actor, case: Case, *, limit: int = _SLICES) -> tuple[Case, ...]:
        """The cases of a case's series as the same model read them, as the series counts them."""
        if case.series_key is None:
            return (case,)
        query = _behind(select(CaseRow), f"{case.series_key}:{case.model_sha256}", None)
        return _in_order(map(from_row, self._database.all(query.limit(limit))))


def _in_order(cases: Iterable[Case]) -> tuple[Case, ...]:
    """By the slices' own numbers, as files may come in any order; as read, where one has none."""
    as_read = tuple(cases)
    numbered = [(each.number_in_series, place) for place, each in enumerate(as_read)]
    if any(number is None for number, _ in numbered):
        return as_read
    return tuple(as_read[place] for _, place in sorted(numbered))


def _first(session: Session, where: CaseFilter | None, key: str) -> str:
    """The case that opens for a line."""
    counted = _counted(session, where, [key])[key]
    single = _singles(session, where, [key]).get(key) if counted.total() == 1 else None
    return _line(session, where, key, counted, single).case.id


def _waiting(
    session: Session, where: CaseFilter | None, key: str, beside: str | None = None
) -> list[str]:
    """The cases behind a line that wait for somebody to look, in order; ``beside`` with them."""
    query = _behind(select(CaseRow), key, where).where(_WAITS | (CaseRow.id == beside))
    return [each.id for each in _in_order(map(from_row, session.scalars(query.limit(_SLICES))))]


def _beside(
    session: Session, where: CaseFilter | None, key: str | None, case_id: str
) -> tuple[list[str], list[str]]:
    """The slices of a case's own series that wait: those after it, and those before it."""
    ids = [] if key is None else _waiting(session, where, key, case_id)
    at = ids.index(case_id) if case_id in ids else -1
    return ids[at + 1 :], ids[: max(at, 0)]


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
        to_review=verdicts["review"],
    )
