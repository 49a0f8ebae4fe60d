"""Data set: what the model was shown, and what it could have learned instead of anatomy."""

import streamlit as st

from arncnn.errors import DataError
from pages.ui import frame
from pages.ui.components import model_data, model_stored

frame.open_page("Data set", "What the model was shown, and what it could have learned instead.")

facts = model_stored.facts()
if facts is None:
    frame.empty(
        "The facts of the data set have not been gathered",
        "`python -m arncnn data show --out assets/data_set.json` gathers them.",
        icon=":material/dataset:",
    )
    st.stop()
try:
    compared = model_stored.comparison()
except DataError as error:
    frame.failed(str(error))
    compared = None

st.markdown(
    f"Medical MNIST: **{facts['images']:,}** grey images of 64 × 64 pixels in "
    f"{len(facts['classes'])} classes, CC BY-SA 4.0, made available by Dr. Bradley J. Erickson "
    "(Mayo Clinic)."
)
st.subheader("Class frequencies", anchor=False)
model_data.frequencies(facts, key="data_frequencies")
st.subheader("Samples", anchor=False)
model_data.samples(model_stored.dataset(), key="data_samples")
st.subheader("Copies and near-twins", anchor=False)
model_data.twins(facts, key="data_twins")
st.subheader("The background gives the class away", anchor=False)
model_data.shortcut(facts, compared, key="data_shortcut")
st.subheader("What the CT slices show", anchor=False)
model_data.anatomy(facts, key="data_anatomy")
