"""Evidence: why the model says what it says, and how far to trust that."""

import streamlit as st

from pages.ui import frame, sign_in
from pages.ui.components import (
    attention_gallery,
    case_downloads,
    case_picker,
    evidence,
    similar_cases,
    trust_line,
    verdict,
)
from pages.ui.resources import Opened


def show() -> None:
    """Draws the case in view, or what to do when there is none."""
    frame.open_page("Evidence", "Where in the picture the answer comes from, class by class.")
    opened = case_picker.choose(sign_in.actor(), key="evidence_case")
    if opened is None:
        return
    verdict.banner(opened.reading)
    _evidence(opened)
    attention, similar = st.tabs(["Attention maps", "Similar cases"], key="evidence_more")
    with attention:
        st.fragment(attention_gallery.show)(opened, key="attention")
    with similar:
        similar_cases.show(opened)


@st.fragment
def _evidence(opened: Opened) -> None:
    shown = evidence.show(opened, key="evidence")
    trust_line.show(shown.method)
    case_downloads.show(opened, shown, key="evidence_downloads")


show()
