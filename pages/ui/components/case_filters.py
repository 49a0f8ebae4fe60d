"""Which cases the worklist shows."""

import streamlit as st

from arncnn.labels import title
from arncnn.store.worklist import CaseFilter
from pages.ui import resources
from pages.ui.wording import HEADERS, VERDICTS


def show(*, key: str) -> CaseFilter:
    """Draws the filters and gives what they ask for."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            "Search",
            placeholder="body part, scanner, case id",
            icon=":material/search:",
            key=f"{key}_search",
            width=250,
        )
        verdict = _select("Verdict", VERDICTS, f"{key}_verdict")
        header = _select("Header", HEADERS, f"{key}_header")
        labels = {label: title(label) for label in resources.labels()}
        label = _select("Class", labels, f"{key}_label")
    return CaseFilter(
        verdict=verdict, header_verdict=header, label=label, search=search.strip() or None
    )


def _select(name: str, options: dict[str, str], key: str) -> str | None:
    return st.selectbox(
        name,
        list(options),
        index=None,
        format_func=options.__getitem__,
        placeholder="Any",
        key=key,
        width=170,
        persist_state="session",
    )
