"""The worklist to take away, as it is filtered."""

import streamlit as st

from arncnn.store import Actor
from arncnn.store.roles import refusal
from arncnn.store.worklist import CaseFilter
from pages.ui import caches, sign_in


def show(actor: Actor, where: CaseFilter, *, key: str) -> None:
    """Draws the buttons; a file is only made, and noted in the audit, when asked for."""
    why_not = refusal(actor, "case.export")
    cases = caches.store().cases
    st.download_button(
        "Export CSV",
        sign_in.on_demand(lambda person: "".join(cases.csv(person, where)), action="case.export"),
        file_name="worklist.csv",
        mime="text/csv",
        icon=":material/table:",
        disabled=why_not is not None,
        help=why_not,
        on_click="ignore",
        key=f"{key}_csv",
    )
    st.download_button(
        "Export JSON",
        sign_in.on_demand(lambda person: "".join(cases.json(person, where)), action="case.export"),
        file_name="worklist.json",
        mime="application/json",
        icon=":material/data_object:",
        disabled=why_not is not None,
        help=why_not,
        on_click="ignore",
        key=f"{key}_json",
    )
