"""Which cases the worklist shows, and in which order."""

import streamlit as st

from arncnn.labels import title
from arncnn.store.worklist import CaseFilter
from pages.ui import resources
from pages.ui.wording import HEADERS, ORDERS, VERDICTS


def show(*, key: str) -> tuple[CaseFilter, str]:
    """Draws the filters; gives what they ask for, and a key of ``series.ORDERS``."""
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
        labels = {label: title(label) for label in resources.labels()}
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
        verdict=verdict, header_verdict=header, label=label, search=search.strip() or None
    )
    return where, order


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
