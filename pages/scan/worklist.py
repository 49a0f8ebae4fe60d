"""Worklist: every case with its verdict; filter, open, confirm or correct, export."""

import streamlit as st

from arncnn.store.case import Case
from arncnn.store.case_filter import CaseFilter
from pages.ui import frame, navigation, sign_in, state, upload_queue
from pages.ui.scan import case_actions, case_filters, case_table
from pages.ui.shared import upload_progress


def show() -> None:
    """Draws the cases, or what to do when there are none."""
    actor = sign_in.actor()
    frame.open_page(
        "Worklist", "Every case read here. Press a row to open it; tick boxes to select several."
    )
    upload = upload_queue.current(actor)
    upload_progress.show(upload, key="progress")
    case_table.show_read_before(actor, upload)
    where, order = case_filters.show(actor, upload)
    state.set_worklist(where, order)
    page = case_table.load(actor, where, order)
    if page.total == 0:
        case_table.show_empty(where)
        if where != CaseFilter():
            st.button("Clear the filters", on_click=state.clear_filters, args=("filter",))
        return
    case_table.show_counts(actor, where)
    chosen = case_table.show(actor, page)
    if chosen.pressed is not None:
        _open(page.lines[chosen.pressed].case)
    ticked = [page.lines[place] for place in chosen.ticked]
    line = ticked[0] if len(ticked) == 1 else None
    actions = st.container(horizontal=True)  # above a series' slices, which would push them away
    case, is_slice = (None if line is None else line.case), False
    if line is not None and line.is_series:
        picked, is_pressed = case_table.show_slices(actor, line, where)
        if picked is not None and is_pressed:
            _open(picked)
        case, is_slice = picked or line.case, picked is not None
    if case is not None:
        state.show_case(case.id)
    with actions:
        case_actions.show_opening(case)
        case_actions.show_saying(actor, where, [case] if is_slice and case else ticked)
        case_actions.show(actor, where, case, line, is_slice=is_slice)
    case_table.show_totals(actor, where)


def _open(case: Case) -> None:
    state.show_case(case.id)
    st.switch_page(navigation.PROBABILITIES.script)


show()
