"""Deleting the chosen case, or its whole series: the pixels go, an audit line a case stays."""

from collections.abc import Sequence

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.roles import refusal
from arncnn.store.series import Line
from pages.ui import caches, frame, state

CHOOSE = "Tick a line of the list first."


def show(actor: Actor, case: Case | None, line: Line | None, *, is_slice: bool, key: str) -> None:
    """Draws the button that asks once more before it deletes.

    Args:
        actor: without the right to delete the button is disabled.
        case: the chosen case, or None.
        line: the line of the worklist that it was chosen from.
        is_slice: whether a slice of the line's series was ticked, and not the series alone.
        key: of the widgets.
    """
    why_not = refusal(actor, "case.delete") or (CHOOSE if case is None else None)
    with st.popover(
        "Delete",
        icon=":material/delete:",
        disabled=why_not is not None,
        help=why_not,
        key=f"{key}_popover",
    ):
        if case is None or line is None:
            return
        st.markdown(
            "This deletes the picture, the file it came in and what was said of it from this "
            "machine. That it was there, and who deleted it, stays in the audit."
        )
        if is_slice or not line.is_series:
            one = f"Delete this {'slice' if line.is_series else 'case'}, {case.id[:6]}"
            if st.button(one, key=f"{key}_{case.id}"):
                _delete(actor, (case.id,), f"Case {case.id[:6]} was deleted.")
        if line.is_series:
            _series(actor, line, key=key)


def _series(actor: Actor, line: Line, *, key: str) -> None:
    cases = caches.store().series.case_ids(actor, line)
    if st.button(
        f"Delete all {len(cases):,} slices of the series",
        help="Also those that a filter hides.",
        key=f"{key}_{line.key}",
    ):
        with st.spinner("Deleting the series…"):
            _delete(actor, cases, f"A series of {len(cases):,} slices was deleted.")


def _delete(actor: Actor, case_ids: Sequence[str], notice: str) -> None:
    try:
        caches.delete(actor, case_ids)
    except ArncnnError as error:
        frame.failed(str(error))
        return
    if state.case_id() in case_ids:
        state.show_case(None)
    state.leave_notice(notice)
    st.rerun()
