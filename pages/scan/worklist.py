"""Worklist: every case with its verdict; filter, choose, open, export."""

import streamlit as st

from arncnn.store.worklist import CaseFilter
from pages.ui import frame, navigation, sign_in, state, upload_queue
from pages.ui.scan import case_deletion, case_filters, case_table, exports, totals
from pages.ui.shared import batch_progress


def show() -> None:
    """Draws the cases, or what to do when there are none."""
    actor = sign_in.actor()
    frame.open_page("Worklist", "Every case read here, and where header and pixels disagree.")
    work = upload_queue.current(actor)
    batch_progress.show(work, key="batch")
    where, order = case_filters.show(work, key="filter")
    page = case_table.load(actor, where, order, key="cases")
    if page.total == 0:
        case_table.empty(where)
        if where != CaseFilter():
            st.button("Clear the filters", on_click=lambda: state.clear_filters("filter"))
        return
    names = work.names if work is not None and where.ids else {}
    line = case_table.show(actor, page, names, key="cases")
    actions = st.container(horizontal=True)  # above a series' slices, which would push them away
    chosen, is_slice = (None if line is None else line.case), False
    if line is not None and line.is_series:
        picked = case_table.show_slices(actor, line, where, names, key="slices")
        chosen, is_slice = picked or line.case, picked is not None
    if chosen is not None:
        state.show_case(chosen.id)
    with actions:
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
        case_deletion.show(actor, chosen, line, is_slice=is_slice, key="delete")
    totals.show(actor, where, key="totals")


show()
