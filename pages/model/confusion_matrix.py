"""Confusion matrix: what is taken for what, how sure, and which images those are."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.evaluation import stored_reports
from pages.ui import frame, sign_in
from pages.ui.components import (
    model_cell_images,
    model_external,
    model_folds,
    model_matrix,
    model_metrics,
    model_paper_tables,
    model_picker,
    model_probabilities,
    model_split,
    model_stored,
)

actor = sign_in.actor()
frame.open_page("Confusion matrix", "What the model takes for what, and how sure it is of it.")

bundle = model_picker.choose(actor, key="matrix_model")
if bundle is None:
    st.stop()
sha256 = bundle.identity.sha256

split = model_split.choose(bundle, key="matrix_split")
if split == model_split.EXTERNAL:
    if report := stored_reports.find(sha256, "external"):
        model_external.show(actor, report, bundle.labels, key=f"matrix_{sha256[:8]}_external")
    st.stop()
if split == model_split.FOLDS:
    if report := stored_reports.folds(bundle.about["recipe"]["name"]):
        model_folds.show(report, key="matrix_folds")
    st.stop()

try:
    is_accepted = split == model_split.ACCEPTED
    measured = model_stored.measured(sha256, bundle, only_accepted=is_accepted)
except ArncnnError as error:
    frame.failed(str(error))
    st.stop()
found = measured.predictions

model_metrics.headline(measured)
matrix, sureness = st.columns([3, 2], gap="medium")
with matrix:
    st.subheader("True and predicted classes", anchor=False)
    cell = model_matrix.show(
        measured.metrics.confusion_matrix, bundle.labels, key=f"matrix_{sha256[:8]}_{is_accepted}"
    )
with sureness:
    st.subheader("How far from certain", anchor=False)
    model_probabilities.distribution(found, key="matrix_distribution")
    st.caption("One minus the maximum probability, by predicted class: left is certain.")
if cell is not None:
    images = found.cell(*cell)
    model_cell_images.show(
        actor, images, model_stored.dataset_of(bundle), key=f"matrix_cell_{cell[0]}_{cell[1]}"
    )

classes, probabilities, paper = st.tabs(
    ["By class", "Probabilities", "The paper's tables"], key="matrix_more"
)
with classes:
    model_metrics.by_class(measured.metrics, key="matrix_classes")
with probabilities:
    model_probabilities.show(bundle, found, key="matrix_probabilities")
with paper:
    model_paper_tables.show(measured, key="matrix_paper")
