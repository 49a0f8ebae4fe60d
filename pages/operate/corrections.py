"""Corrections: what people say of readings, and the second person's decision."""

import streamlit as st

from pages.ui import caches, frame, navigation, sign_in
from pages.ui.operate import correction_card
from pages.ui.shared import page_numbers

_STATES = {"pending": "To decide", "approved": "Approved", "rejected": "Rejected"}
_NONE = {
    "pending": "No correction to decide on",
    "approved": "Nothing has been approved yet",
    "rejected": "Nothing has been rejected yet",
}
_ROWS = 10  # on one page


def show() -> None:
    """Draws the queue, or what to do when it is empty."""
    actor = sign_in.actor()
    frame.open_page(
        "Corrections",
        "What clinicians said about readings. Approved corrections become training examples.",
    )
    state = st.segmented_control(
        "State",
        list(_STATES),
        default="pending",
        required=True,
        format_func=lambda state: _STATES[state],
        key="correction_state",
    )
    queue = caches.store().corrections.queue
    found, total = page_numbers.load(
        lambda offset: queue(actor, state=state, offset=offset, limit=_ROWS),
        lambda page: page[1],
        rows=_ROWS,
        key="correction_page",
    )
    if not found:
        frame.empty(
            _NONE[state],
            "Open a reading and confirm or correct it; the correction then appears here "
            "for a decision.",
            icon=":material/rate_review:",
            to=navigation.PROBABILITIES,
            label="Open a reading",
        )
        return
    correction_card.approve_shown(actor, found)
    for on_case in found:
        correction_card.show(actor, on_case, key=f"correction_{on_case.case.id}")
    page_numbers.show(total, rows=_ROWS, key="correction_page")


show()
