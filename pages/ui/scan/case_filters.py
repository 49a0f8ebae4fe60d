"""Which cases the worklist shows, and in which order."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from arncnn.errors import ModelError
from arncnn.labels import MEDICAL_MNIST, title
from arncnn.store import Actor
from arncnn.store.case_filter import CaseFilter
from pages.ui import caches
from pages.ui.wording import HEADERS, ORDERS, VERDICTS

if TYPE_CHECKING:
    from arncnn.uploads.upload import Upload

_KEY = "filter"


def show(actor: Actor, upload: "Upload | None") -> tuple[CaseFilter, str]:
    """Draws the filters; gives what they ask for, and a key of ``series.ORDERS``.

    Args:
        actor: who looks.
        upload: the upload in view, to whose cases the list can be narrowed; or None.
    """
    sources = {each.id: each.name for each in caches.store().sources.list(actor)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            "Search",
            placeholder="body part, scanner, case id",
            help="Also the start of a study's or series' key; of an archive's scans, of their UID.",
            icon=":material/search:",
            key=f"{_KEY}_search",
            width=220,
        )
        verdict = _select("Verdict", VERDICTS, "verdict")
        header = _select("Header", HEADERS, "header")
        label = _select("Class", {label: title(label) for label in _labels()}, "label")
        source = _select("Source", sources, "source") if sources else None
        order = _select("Order", ORDERS, "order", index=0, width=235)
    where = CaseFilter(
        verdict=verdict,
        header_verdict=header,
        label=label,
        search=search.strip() or None,
        source_id=source,
        ids=_of_upload(upload),
    )
    return where, order or next(iter(ORDERS))


def _labels() -> Sequence[str]:
    """The classes of the model in service; those of Medical MNIST while it cannot be opened."""
    try:
        return caches.cases().bundle().labels
    except ModelError:
        return tuple(MEDICAL_MNIST)


def _of_upload(upload: "Upload | None") -> tuple[str, ...] | None:
    if upload is None or upload.is_single or not upload.case_ids:
        return None
    is_asked = st.toggle("Only the files of this upload", key=f"{_KEY}_upload")
    return upload.case_ids if is_asked else None


def _select(
    name: str, options: dict[str, str], key: str, *, index: int | None = None, width: int = 147
) -> str | None:
    return st.selectbox(
        name,
        list(options),
        index=index,
        format_func=options.__getitem__,
        placeholder="Any",
        key=f"{_KEY}_{key}",
        width=width,
        persist_state="session",
    )
