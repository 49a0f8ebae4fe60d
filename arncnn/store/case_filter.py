"""CaseFilter: which cases of the worklist are meant."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_
from sqlalchemy.orm import InstrumentedAttribute

from arncnn.store.database import Q, fitting
from arncnn.store.tables import CaseRow

_SEARCHED: tuple[InstrumentedAttribute[Any], ...] = (
    CaseRow.id,
    CaseRow.display_label,
    CaseRow.label,
    CaseRow.body_part,
    CaseRow.manufacturer,
    CaseRow.scanner_model,
)
_KEYS: tuple[InstrumentedAttribute[Any], ...] = (CaseRow.study_key, CaseRow.series_key)


@dataclass(frozen=True)
class CaseFilter:
    """Which cases; what is None does not filter. Times are Unix seconds.

    Attributes:
        search: part of an id, display label, body part, manufacturer or scanner model, or the
            start of a study's or series' pseudonym.
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


def filtered(query: Select[*Q], where: CaseFilter | None) -> Select[*Q]:
    """The query for the cases that fit ``where`` only."""
    where = where or CaseFilter()
    query = fitting(query, where, CaseRow, CaseRow.created_at, but=("search", "ids"))
    if where.ids is not None:
        query = query.where(CaseRow.id.in_(where.ids))
    for word in (where.search or "").split():  # a scanner's maker and model are two columns
        found = [each.icontains(word, autoescape=True) for each in _SEARCHED]
        found += [each.startswith(word.lower(), autoescape=True) for each in _KEYS]
        query = query.where(or_(*found))
    return query
