"""CaseFilter: which cases of the worklist are meant."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from arncnn.store.database import Q, fitting
from arncnn.store.tables import CaseRow, InboxRow

_SEARCHED: tuple[InstrumentedAttribute[Any], ...] = (
    CaseRow.id,
    CaseRow.display_label,
    CaseRow.label,
    CaseRow.body_part,
    CaseRow.manufacturer,
    CaseRow.scanner_model,
)
_KEYS: tuple[InstrumentedAttribute[Any], ...] = (CaseRow.study_key, CaseRow.series_key)
_UIDS: tuple[InstrumentedAttribute[Any], ...] = (
    InboxRow.study_uid,
    InboxRow.series_uid,
    InboxRow.sop_uid,
)
_UID = re.compile(r"[0-9]+(\.[0-9]+){2,}\.?\Z")


@dataclass(frozen=True)
class CaseFilter:
    """Which cases; what is None does not filter. Times are Unix seconds.

    Attributes:
        search: part of an id, display label, body part, manufacturer or scanner model, or the
            start of a study's or series' pseudonym; of a case that came from a source also the
            start of its study's, series' or image's UID.
        source_id: of the archive or device that they came from.
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
    source_id: str | None = None
    ids: tuple[str, ...] | None = None


def filtered(query: Select[*Q], where: CaseFilter | None) -> Select[*Q]:
    """The query for the cases that fit ``where`` only."""
    where = where or CaseFilter()
    query = fitting(query, where, CaseRow, CaseRow.created_at, but=("search", "source_id", "ids"))
    if where.source_id is not None:
        query = query.where(CaseRow.id.in_(_came(InboxRow.source_id == where.source_id)))
    if where.ids is not None:
        query = query.where(CaseRow.id.in_(where.ids))
    for word in (where.search or "").split():  # a scanner's maker and model are two columns
        found = [each.icontains(word, autoescape=True) for each in _SEARCHED]
        found += [each.startswith(word.lower(), autoescape=True) for each in _KEYS]
        if _UID.match(word):
            uids = or_(*(each.startswith(word, autoescape=True) for each in _UIDS))
            found.append(CaseRow.id.in_(_came(uids)))
        query = query.where(or_(*found))
    return query


def _came(which: ColumnElement[bool]) -> Select[str | None]:
    """The cases of objects that came from sources."""
    return select(InboxRow.case_id).where(which, InboxRow.case_id.is_not(None))
