"""How far to trust the map in view: tested on its own scan, and at the model's release."""

import streamlit as st

from arncnn import explain
from arncnn.cases.open_case import OpenCase
from arncnn.explain.map_trust import MapTrust
from arncnn.models.release_check import release_plain, release_sentence
from pages.ui.scan.evidence import Shown


def show(opened: OpenCase, shown: Shown, *, key: str) -> None:
    """Draws the line with a button that runs the tests of this map."""
    choice = shown.choice
    if not choice.is_evidence:
        st.caption(
            ":material/science: An attention map is a step on the way and not evidence for a "
            "class, so there is no answer to test it against."
        )
        return
    asked = (choice.method, choice.label, choice.against)
    found = opened.trusted.get(asked)
    with st.container(border=True, key=f"{key}_box", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**How far to trust this map**", width="stretch")
            place = st.empty()
        if found is None and place.button(
            "Test it on this scan",
            icon=":material/science:",
            help="Covers and shows the marked places, and shifts the scan by a pixel or two.",
            key=f"{key}_test",
        ):
            place.empty()
            with st.spinner("Testing the map…"):
                found = opened.trust(asked)
        if found is None:
            st.caption("Not tested on this scan yet. The test takes a few seconds.")
        else:
            st.markdown(found.plain())
        st.caption(release_plain(opened.model.reader.bundle.metadata.explanations, choice.method))
        with st.expander("The figures behind this", key=f"{key}_figures"):
            _figures(opened, shown, found)


def _figures(opened: OpenCase, shown: Shown, found: MapTrust | None) -> None:
    method = shown.choice.method
    said = (
        *(found.sentences() if found else ()),
        release_sentence(opened.model.reader.bundle.metadata.explanations, method),
        shown.residual_line,
        f"Source of the method: {explain.METHODS[method].source}.",
    )
    st.markdown("\n".join(f"- {sentence}" for sentence in said if sentence))
