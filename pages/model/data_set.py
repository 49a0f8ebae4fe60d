"""Data set: what the model was shown, and what it could have learned instead of anatomy."""

import streamlit as st

from arncnn.errors import DataError
from pages.ui import frame
from pages.ui.model import data_set_figures
from pages.ui.shared import stored_results

frame.open_page("Data set", "What the model was shown, and what it could have learned instead.")

facts = stored_results.facts()
if facts is None:
    frame.empty(
        "The facts of the data set have not been gathered",
        "`python -m arncnn data show --out assets/data_set.json` gathers them.",
        icon=":material/dataset:",
    )
    st.stop()
try:
    compared = stored_results.comparison()
except DataError as error:
    frame.failed(str(error))
    compared = None

st.markdown(
    f"Medical MNIST: **{facts['images']:,}** grey images of 64 × 64 pixels in "
    f"{len(facts['classes'])} classes, CC BY-SA 4.0, made available by Dr. Bradley J. Erickson "
    "(Mayo Clinic)."
)
st.subheader("Class frequencies", anchor=False)
data_set_figures.frequencies(facts, key="data_frequencies")
st.subheader("Samples", anchor=False)
data_set_figures.samples(stored_results.dataset(), key="data_samples")
st.subheader("Copies and near-twins", anchor=False)
data_set_figures.twins(facts, key="data_twins")
st.subheader("The background gives the class away", anchor=False)
data_set_figures.shortcut(facts, compared, key="data_shortcut")
st.subheader("What the CT slices show", anchor=False)
data_set_figures.anatomy(facts, key="data_anatomy")
