"""Reading: the verdict first, then the probabilities, the doubt, and what the header says."""

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import frame, navigation, sign_in
from pages.ui.scan import (
    correction_form,
    frame_picker,
    header_check,
    probability_bars,
    scan_viewer,
    training_note,
    uncertainty_table,
    views_table,
)
from pages.ui.shared import case_picker, correction_note, verdict

if TYPE_CHECKING:
    from arncnn.inference.reader import Reading


def show() -> None:
    """Draws the case in view, or what to do when there is none."""
    frame.open_page(
        "Reading", "What the pixels show, how sure the model is, and whether the header fits."
    )
    actor = sign_in.actor()
    opened = case_picker.choose(actor, key="reading_case")
    if opened is None:
        return
    reading = opened.reading
    verdict.banner(opened)
    correction_note.show(actor, opened.case, reading.label)
    picture, answer = st.columns([2, 3], gap="medium")
    with picture:
        st.fragment(scan_viewer.show)(opened, key="reading_scan")
        frame_picker.show(actor, opened, key="reading_frame")
    with answer:
        training_note.show(opened)
        # A refused scan gets no answer; its numbers are there for whoever asks for them.
        with st.container() if reading.label else st.expander("Show the numbers anyway"):
            st.subheader("Class probabilities", anchor=False)
            probability_bars.show(reading)
            if reading.label is None:
                _doubt(reading, st.container(), st.container())
        with st.container(key="reading_evidence"):
            st.page_link(
                navigation.EXPLANATIONS.script,
                label="See the evidence on the picture",
                icon=navigation.EXPLANATIONS.icon,
            )
        correction_form.show(
            actor, opened.case, reading.labels, answer=reading.label, key="correction"
        )
    header_check.show(opened)
    if reading.label is not None:
        _doubt(reading, *st.columns([3, 2], gap="medium"))


def _doubt(reading: "Reading", doubt: DeltaGenerator, seen: DeltaGenerator) -> None:
    with doubt:
        st.subheader("How sure", anchor=False)
        uncertainty_table.show(reading)
    with seen:
        views_table.show(reading)


show()
