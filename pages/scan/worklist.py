"""Worklist: every case with its verdict; filter, choose, open, export."""

import streamlit as st

from pages.ui import batch, frame, navigation, sign_in, state
from pages.ui.components import (
    batch_progress,
    case_deletion,
    case_filters,
    case_table,
    exports,
    totals,
)


def show() -> None:
    """Draws the cases, or what to do when there are none."""
    actor = sign_in.actor()
    frame.open_page("Worklist", "Every case read here, and where header and pixels disagree.")
    batch_progress.show(batch.current(actor), key="batch")
    where, order = case_filters.show(key="filter")
    page = case_table.load(actor, where, order, key="cases")
    if page.total == 0:
        case_table.empty(where)
        return
    line = case_table.show(actor, page, key="cases")
    chosen = None if line is None else line.case
    if line is not None and line.is_series:
        chosen = case_table.show_slices(actor, line, where, key="slices")
    if chosen is not None:
        state.show_case(chosen.id)
    with st.container(horizontal=True):
        for entry in (navigation.PROBABILITIES, navigation.EXPLANATIONS):
            is_pressed = st.button(
                f"Open {entry.title.lower()}",
                icon=entry.icon,
                disabled=chosen is None,
                help=case_deletion.CHOOSE if chosen is None else None,
                key=f"open_{entry.title}",
            )
            if is_pressed and chosen is not None:  # it may have gone while the press came in
                st.switch_page(entry.script)
        exports.show(actor, where, key="export")
        case_deletion.show(actor, chosen, line, key="delete")
    totals.show(actor, where, key="totals")


show()
