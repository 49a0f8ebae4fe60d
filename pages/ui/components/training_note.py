"""Whether the scan is among the images that the model learnt from."""

import streamlit as st

from arncnn.store.case import Case

_SENTENCES = {
    "exact": "This very picture is among the images that the model learnt from.",
    "near": "A near-twin of this picture is among the images that the model learnt from.",
}


def show(case: Case) -> None:
    """Draws a note for a picture that the model knows; nothing for others."""
    if case.training_match:
        st.info(
            f"{_SENTENCES[case.training_match]} Its answer says little about how well the model "
            "reads new scans.",
            icon=":material/school:",
        )
