"""Deleting the chosen case: its pixels go, one audit line stays."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.roles import may
from pages.ui import frame, resources, state


def show(actor: Actor, case: Case | None, *, key: str) -> None:
    """Draws the button that asks once more before it deletes."""
    with st.popover(
        "Delete",
        icon=":material/delete:",
        disabled=case is None or not may(actor, "case.delete"),
        key=f"{key}_popover",
    ):
        if case is None:
            return
        st.markdown(
            f"Case **{case.id[:6]}**, its picture and what was said of it are deleted from this "
            "machine. That it was there, and who deleted it, stays in the audit."
        )
        if not st.button("Delete this case", type="primary", key=f"{key}_{case.id}"):
            return
    try:
        resources.delete(actor, case.id)
    except ArncnnError as error:
        frame.failed(str(error))
        return
    if state.case_id() == case.id:
        state.show_case(None)
    state.leave_notice(f"Case {case.id[:6]} was deleted.")
    st.rerun()
