"""Data set: what the model in view was shown, and what it could have learned instead of anatomy."""

import streamlit as st

from pages.ui import frame, sign_in
from pages.ui.model import data_set_facts, data_set_figures
from pages.ui.shared import data_set_samples, failures, missing_pictures, model_picker
from pages.ui.shared import stored_results as stored


def show() -> None:
    """Draws what is known of the model's data set, or how it is worked out."""
    actor, compared = sign_in.actor(), None
    frame.open_page(
        "Data set", "What the model was trained on, and which shortcuts the data allow."
    )
    bundle = model_picker.choose(actor, key="data_set_model")
    sha256 = bundle.metadata.data.sha256
    data_set_facts.show_source(bundle)
    facts, dataset = stored.facts(sha256), stored.dataset_of(bundle)
    if facts is None:
        data_set_facts.show_unknown(actor, bundle, dataset, key="data_unknown")
        return
    with failures.shown():
        compared = stored.comparison_of(bundle)
    st.subheader("Class frequencies", anchor=False)
    data_set_figures.show_frequencies(facts, sha256, key="data_frequencies")
    st.subheader("Samples", anchor=False)
    if dataset is None:
        st.caption(missing_pictures.sentence())
        data_set_facts.offer_fetch(actor, sha256, key="data_fetch")
    else:
        data_set_samples.show(dataset, key="data_samples")
    st.subheader("Duplicates and near-duplicates", anchor=False)
    data_set_figures.show_twins(facts, key="data_twins")
    st.subheader("Background grey as a shortcut", anchor=False)
    data_set_figures.show_background(facts, sha256, compared, key="data_shortcut")
    if facts["anatomy"]:
        st.subheader("What the CT slices show", anchor=False)
        data_set_figures.show_anatomy(facts, key="data_anatomy")


show()
