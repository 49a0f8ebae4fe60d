"""Whether the scan is among the images that the model learnt from."""

import streamlit as st

from arncnn.cases.open_case import OpenCase

_WHAT = {"exact": "This very picture", "near": "A near-twin of this picture"}


def show(opened: OpenCase) -> None:
    """Draws a note for a picture that the model knows; nothing for others."""
    case = opened.case
    if not case.training_match:
        return
    is_same = opened.reading.model.sha256 == case.model_sha256
    model = "the model" if is_same else f"{case.model_id}, which first read it,"
    st.info(
        f"{_WHAT[case.training_match]} is among the images that {model} learnt from. Its answer "
        "says little about how well the model reads new scans.",
        icon=":material/school:",
    )
