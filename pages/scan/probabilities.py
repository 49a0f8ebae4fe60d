"""Reading: the verdict first, then the probabilities, the doubt, and what the header says."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import frame, navigation, sign_in
from pages.ui.scan import (
    case_downloads,
    correction_form,
    header_and_pixels,
    reading_answer,
    scan_viewer,
    series_strip,
)
from pages.ui.shared import case_picker, correction_note, verdict

if TYPE_CHECKING:
    from arncnn.inference.reading import Reading


def show() -> None:
    """Draws the case in view, or what to do when there is none."""
    frame.open_page(
        "Reading",
        "What the pixels show, how sure the model is, and whether the header agrees.",
        with_notice=False,
    )
    actor = sign_in.actor()
    opened = case_picker.choose(actor, key="reading_case", first=verdict.show)
    if opened is None:
        frame.notice()
        return
    reading = opened.reading
    # The style sheet puts the notes above the answer and the scan beside both on a wide screen.
    with st.container(key="reading_stage"):
        notes, picture = st.container(key="reading_notes"), st.container(key="reading_picture")
        answer = st.container(key="reading_answer")
    with notes:
        frame.notice()
        correction_note.show(actor, opened.case, reading.label)
        reading_answer.show_training_match(opened)
    with picture:
        st.fragment(scan_viewer.show_scan)(
            actor, opened, key="reading_scan", frame_key="reading_frame"
        )
        series_strip.show(actor, opened, key="reading_series")
    with answer:
        # A refused scan gets no answer; its numbers are there for whoever asks for them.
        with st.container() if reading.label else st.expander("Show the numbers anyway"):
            st.subheader("Class probabilities", anchor=False)
            st.html(reading_answer.probabilities_html(reading))
            if reading.label is None:
                _show_doubt(reading)
        if reading.label is not None:
            _fold_doubt(reading, reading_answer.how_sure(opened), key="reading_sure")
        correction_form.show(
            actor, opened.case, reading.labels, answer=reading.label, key="correction"
        )
        with st.container(
            key="reading_evidence", horizontal=True, vertical_alignment="center", gap="medium"
        ):
            page, label = navigation.EXPLANATIONS, "See the evidence on the image"
            st.page_link(page.script, label=label, icon=page.icon)
            case_downloads.show_sheet(opened, key="reading_sheet")
    st.html(reading_answer.header_html(opened))
    header_and_pixels.show(opened.reading)
    reading_answer.show_header_values(opened)


@st.fragment
def _fold_doubt(reading: "Reading", sentence: str, *, key: str) -> None:
    """The figures behind the sentence, drawn when somebody asks for them."""
    fold = st.expander(f"**{sentence}**", icon=":material/speed:", on_change="rerun", key=key)
    if fold.open:
        with fold:
            _show_doubt(reading)


def _show_doubt(reading: "Reading") -> None:
    st.subheader("How sure", anchor=False)
    st.html(reading_answer.uncertainty_html(reading))
    scan_viewer.show_network_input(reading)


show()
