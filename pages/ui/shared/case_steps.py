"""From case to case in the worklist's order: previous, next, next to review, by button or key."""

from collections.abc import Mapping

import streamlit as st

from arncnn.store import Actor
from arncnn.store.case_filter import CaseFilter
from pages.ui import caches, state

KEYS = {
    "P": "previous case",
    "N": "next case",
    "V": "next case to review that has no correction yet",
    "?": "this list",
    "Tab": "next button or box",
    "Esc": "closes what is open",
}
"""What the keys do, for the list of keys."""
VIEWER_KEYS = {
    "↑ ↓": "previous or next slice; moves a single image",
    "Shift + arrows": "move the image",
    "Home, End": "first or last slice",
    "+ −": "zoom in or out",
    "R": "reset window, zoom and position",
    "F": "full screen; Esc leaves it",
}
"""The same in the viewer, while it has the focus."""

_DEFAULT = (CaseFilter(), "review_first")


def show(actor: Actor, case_id: str, *, key: str) -> None:
    """Draws the buttons, each switched off where there is no such case."""
    where, order = state.worklist() or _DEFAULT
    beside = caches.store().series.neighbours(actor, case_id, where, order=order)
    if beside.place is None and where != CaseFilter():  # the filters leave this case out
        beside = caches.store().series.neighbours(actor, case_id, order=order)
    steps = (
        ("Previous", ":material/chevron_left:", "P", beside.previous),
        ("Next", ":material/chevron_right:", "N", beside.next),
        ("Next to review", ":material/rate_review:", "V", beside.to_review),
    )
    for label, icon, shortcut, to in steps:
        st.button(
            label,
            icon=icon,
            shortcut=shortcut,
            disabled=to is None,
            on_click=state.show_case,
            args=(to,),
            key=f"{key}_{shortcut}",
        )
    with st.popover("Keys", icon=":material/keyboard:", key=f"keys_{key}"):
        between = "<p><b>In the viewer</b>, after a click on it or Tab</p>"
        st.html(_table(KEYS) + between + _table(VIEWER_KEYS))


def _table(keys: Mapping[str, str]) -> str:
    rows = "".join(
        f'<tr><th scope="row"><kbd>{name}</kbd></th><td>{what}</td></tr>'
        for name, what in keys.items()
    )
    return f'<table class="arn-facts">{rows}</table>'
