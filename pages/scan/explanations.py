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

actor = sign_in.actor()
frame.open_page("Evidence", "Where in the picture the answer comes from, class by class.")

opened = case_picker.choose(actor, key="evidence_case")
if opened is None:
    st.stop()
verdict.banner(opened.reading)


@st.fragment
def _evidence() -> None:
    shown = evidence.show(opened, key="evidence")
    trust_line.show(shown.method)
    case_downloads.show(opened, shown, key="evidence_downloads")


_evidence()

attention, similar = st.tabs(["Attention maps", "Similar cases"], key="evidence_more")
with attention:
    st.fragment(attention_gallery.show)(opened, key="attention")
with similar:
    similar_cases.show(opened)
