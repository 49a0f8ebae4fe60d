"""Data set: what the model was shown, and what it could have learned instead of anatomy."""

import streamlit as st

from pages.ui import frame
from pages.ui.model import data_set_figures
from pages.ui.shared import data_set_samples, failures, missing_pictures, stored_results


def show() -> None:
    """Draws what is known of the data set, or how to gather it."""
    frame.open_page("Data set", "What the model was shown, and what it could have learned instead.")
    facts, compared = stored_results.facts(), None
    if facts is None:
        frame.empty(
            "The facts of the data set have not been gathered",
            "`python -m arncnn data show --out assets/data_set.json` gathers them.",
            icon=":material/dataset:",
        )
        return
    with failures.shown():
        compared = stored_results.comparison()
    st.markdown(
        f"Medical MNIST: **{facts['images']:,}** grey images of 64 × 64 pixels in "
        f"{len(facts['classes'])} classes, CC BY-SA 4.0, made available by Dr. Bradley J. Erickson "
        "(Mayo Clinic)."
    )
    st.subheader("Class frequencies", anchor=False)
    data_set_figures.show_frequencies(facts, key="data_frequencies")
    st.subheader("Samples", anchor=False)
    dataset = stored_results.dataset()
    if dataset is None:
        st.caption(missing_pictures.sentence())
    else:
        data_set_samples.show(dataset, key="data_samples")
    st.subheader("Copies and near-twins", anchor=False)
    data_set_figures.show_twins(facts, key="data_twins")
    st.subheader("The background gives the class away", anchor=False)
    data_set_figures.show_background(facts, compared, key="data_shortcut")
    st.subheader("What the CT slices show", anchor=False)
    data_set_figures.show_anatomy(facts, key="data_anatomy")


show()
