"""Worklist: every case with its verdict; filter, choose, open, export."""

import streamlit as st

from arncnn.store.worklist import CaseFilter
from pages.ui import frame, sign_in, state, upload_queue
from pages.ui.scan import case_actions, case_filters, case_table
from pages.ui.shared import upload_progress


def show() -> None:
    """Draws the cases, or what to do when there are none."""
    actor = sign_in.actor()
    frame.open_page("Worklist", "Every case read here, and where header and pixels disagree.")
    upload = upload_queue.current(actor)
    upload_progress.show(upload, key="progress")
    where, order = case_filters.show(upload)
    page = case_table.load(actor, where, order)
    if page.total == 0:
        case_table.show_empty(where)
        if where != CaseFilter():
            st.button("Clear the filters", on_click=state.clear_filters, args=("filter",))
        return
    names = upload.names if upload is not None and where.ids else {}
    line = case_table.show(actor, page, names)
    actions = st.container(horizontal=True)  # above a series' slices, which would push them away
    case, is_slice = (None if line is None else line.case), False
    if line is not None and line.is_series:
        picked = case_table.show_slices(actor, line, where, names)
        case, is_slice = picked or line.case, picked is not None
    if case is not None:
        state.show_case(case.id)
    with actions:
        case_actions.show(actor, where, case, line, is_slice=is_slice)
    case_table.show_totals(actor, where)


show()
