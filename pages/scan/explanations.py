"""Evidence: why the model says what it says, and how far to trust that."""

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.errors import ArncnnError
from pages.ui import caches, frame, sign_in
from pages.ui.scan import (
    attention,
    case_downloads,
    evidence,
    evidence_pickers,
    known_map,
    map_checks,
    map_layer,
    map_viewer,
    similar_cases,
)
from pages.ui.shared import case_picker, verdict

_KEY = "evidence"


def show() -> None:
    """Draws the case in view, or what to do when there is none."""
    frame.open_page("Evidence", "Where in the image the answer comes from, class by class.")
    # The style sheet puts the map to the left of the answer and the controls on a wide screen.
    with st.container(key="evidence_stage"):
        with st.container(key="evidence_pick"):
            opened = case_picker.choose(sign_in.actor(), key="evidence_case")
        if opened is not None:
            with st.container(key="evidence_answer", gap="small"):
                _answer(opened)
            _evidence(opened)


def _answer(opened: OpenCase) -> None:
    verdict.show(opened)
    if opened.reading.label is None:
        st.info(
            "This scan was refused, so it has no class. The maps show what the network reacts to, "
            "and are not evidence for an answer.",
            icon=":material/info:",
        )
    map_layer.prepare(opened, opacity_key=evidence_pickers.opacity_key(_KEY))


@st.fragment
def _evidence(opened: OpenCase) -> None:
    try:  # a press here is activity too, and by now the case may have been deleted elsewhere
        caches.store().cases.get(sign_in.acting(), opened.case.id)
    except ArncnnError:
        st.rerun()  # the whole page, which says so
    over, controls = st.container(key="evidence_map", gap="xsmall"), st.container(key="evidence_by")
    with controls:
        choice = evidence_pickers.show(opened, key=_KEY)
    with over:
        shown = evidence.of(opened, choice)
        map_viewer.show(opened, shown, key="evidence_over")
    evidence.show_words(opened, shown)
    map_checks.show_trust(opened, shown, key="evidence_trust")
    case_downloads.show(opened, shown, key="evidence_downloads")
    # Only the open tab is worked out, so that a click above waits for nothing below.
    names = ["Attention maps", "Inside a module", "Checks on the pixels", "Similar cases"]
    if known_map.is_offered(opened):
        names.append("Known or not")
    modules, inside, pixels, similar, *known = st.tabs(
        names, on_change="rerun", key="evidence_more"
    )
    with modules:
        if modules.open:
            attention.show_gallery(opened, choice)
    with inside:
        if inside.open:
            attention.show_steps(opened, choice)
    with pixels:
        if pixels.open:
            map_checks.show_pixel_checks(opened, shown, key="evidence_checks")
    with similar:
        if similar.open:
            similar_cases.show(opened)
    for tab in known:
        with tab:
            if tab.open:
                known_map.show(opened, choice, key="evidence_known")


show()
