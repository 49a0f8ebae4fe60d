"""Where listed cases came from by DICOM, and their studies in the viewer."""

from collections.abc import Mapping, Sequence

from arncnn.store import Actor
from arncnn.store.case import Case
from pages.ui import caches

Columns = Mapping[str, dict[str, object]]
"""By case: the columns to add to its row."""


def of(actor: Actor, cases: Sequence[Case]) -> Columns:
    """Source and study of the cases that came from one; empty where none did."""
    store = caches.store().sources
    came = store.of_cases(actor, tuple(case.id for case in cases))
    if not came:
        return {}
    known = {source.id: source for source in store.list(actor)}
    found: dict[str, dict[str, object]] = {}
    for case_id, (source_id, study_uid) in came.items():
        source = known.get(source_id)
        viewer = source.settings.viewer if source else ""
        found[case_id] = {
            "Source": source.name if source else "",
            "Study": viewer.replace("{study}", study_uid),
        }
    return found


def row(columns: Columns, case: Case) -> dict[str, object]:
    """The columns of one row; none where no listed case came from a source."""
    if not columns:
        return {}
    return columns.get(case.id, {"Source": "", "Study": ""})
