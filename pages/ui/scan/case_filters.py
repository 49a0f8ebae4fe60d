"""Which cases the worklist shows, and in which order."""

from typing import TYPE_CHECKING

import streamlit as st

from arncnn.labels import title
from arncnn.store.worklist import CaseFilter
from pages.ui import caches
from pages.ui.wording import HEADERS, ORDERS, VERDICTS

if TYPE_CHECKING:
    from arncnn.uploads.upload import Upload


def show(upload: "Upload | None", *, key: str) -> tuple[CaseFilter, str]:
    """Draws the filters; gives what they ask for, and a key of ``series.ORDERS``.

    Args:
        upload: the upload in view, to whose cases the list can be narrowed; or None.
        key: of the widgets.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            "Search",
            placeholder="body part, scanner, case id",
            icon=":material/search:",
            key=f"{key}_search",
            width=220,
        )
        verdict = _select("Verdict", VERDICTS, f"{key}_verdict")
        header = _select("Header", HEADERS, f"{key}_header")
        labels = {label: title(label) for label in caches.cases().bundle().labels}
        label = _select("Class", labels, f"{key}_label")
        order = st.selectbox(
            "Order",
            list(ORDERS),
            format_func=ORDERS.__getitem__,
            key=f"{key}_order",
            width=235,
            persist_state="session",
        )
    where = CaseFilter(
        verdict=verdict,
        header_verdict=header,
        label=label,
        search=search.strip() or None,
        ids=_of_upload(upload, key=f"{key}_upload"),
    )
    return where, order


def _of_upload(upload: "Upload | None", *, key: str) -> tuple[str, ...] | None:
    if upload is None or upload.is_single or not upload.case_ids:
        return None
    return upload.case_ids if st.toggle("Only the files of this upload", key=key) else None


def _select(name: str, options: dict[str, str], key: str) -> str | None:
    return st.selectbox(
        name,
        list(options),
        index=None,
        format_func=options.__getitem__,
        placeholder="Any",
        key=key,
        width=147,
        persist_state="session",
    )
