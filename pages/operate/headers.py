"""Headers: kept cases whose header and pixels disagree, to confirm or reject in bulk."""

import streamlit as st

from arncnn.store.headers import HeaderState
from pages.ui import caches, frame, navigation, sign_in
from pages.ui.operate import header_group
from pages.ui.shared import page_numbers

_STATES: dict[HeaderState, str] = {
    "undecided": "To decide",
    "confirmed": "Confirmed: the pixels are right",
    "rejected": "Rejected: the header is right",
}
_NONE = {
    "undecided": "No header to decide on",
    "confirmed": "Nothing has been confirmed yet",
    "rejected": "Nothing has been rejected yet",
}
_GROUPS = 5  # on one page


def show() -> None:
    """Draws the queue, or what would be in it."""
    actor = sign_in.actor()
    frame.open_page("Headers", "Cases in which header and pixels disagree, grouped by scanner.")
    st.markdown(
        "Look at the images and decide which is right. **No header is changed**, here or "
        "in an archive: confirmed cases are exported as a list of suggested values for the "
        "people who correct headers."
    )
    state = st.segmented_control(
        "State",
        list(_STATES),
        default="undecided",
        required=True,
        format_func=lambda state: _STATES[state],
        key="header_state",
    )
    header_group.show_export(actor, state, key="header_export")
    headers = caches.store().headers
    page = page_numbers.load(
        lambda offset: headers.groups(actor, state=state, offset=offset, limit=_GROUPS),
        lambda page: page.total,
        rows=_GROUPS,
        key="header_page",
    )
    if not page.groups:
        frame.empty(
            _NONE[state],
            "Cases whose header disagrees with what was read are grouped here by scanner.",
            icon=":material/label:",
            to=navigation.WORKLIST,
        )
        return
    for group in page.groups:
        header_group.show(actor, group, state)
    page_numbers.show(page.total, rows=_GROUPS, key="header_page")


show()
