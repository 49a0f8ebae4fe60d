"""Confusion matrix: what is taken for what, how sure, and which images those are."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.evaluation import stored_reports
from pages.ui import frame, sign_in
from pages.ui.model import (
    cell_images,
    external_matrix,
    fold_table,
    matrix_figure,
    metric_table,
    paper_tables,
    probabilities_table,
    split_report,
)
from pages.ui.shared import model_picker, stored_results

actor = sign_in.actor()
frame.open_page("Confusion matrix", "What the model takes for what, and how sure it is of it.")

bundle = model_picker.choose(actor, key="matrix_model")
if bundle is None:
    st.stop()
sha256 = bundle.identity.sha256

split = split_report.choose(bundle, key="matrix_split")
if split == split_report.EXTERNAL:
    if report := stored_reports.find(sha256, "external"):
        external_matrix.show(actor, report, bundle.labels, key=f"matrix_{sha256[:8]}_external")
    st.stop()
if split == split_report.FOLDS:
    if report := stored_reports.folds(bundle.metadata.recipe.name):
        fold_table.show(report, key="matrix_folds")
    st.stop()

try:
    is_accepted = split == split_report.ACCEPTED
    measured = stored_results.measured(sha256, bundle, only_accepted=is_accepted)
except ArncnnError as error:
    frame.failed(str(error))
    st.stop()
found = measured.predictions

metric_table.headline(measured)
matrix, sureness = st.columns([3, 2], gap="medium")
with matrix:
    st.subheader("True and predicted classes", anchor=False)
    cell = matrix_figure.show(
        measured.metrics.confusion_matrix, bundle.labels, key=f"matrix_{sha256[:8]}_{is_accepted}"
    )
with sureness:
    st.subheader("How far from certain", anchor=False)
    probabilities_table.distribution(found, key="matrix_distribution")
    st.caption("One minus the maximum probability, by predicted class: left is certain.")
if cell is not None:
    images = found.cell(*cell)
    cell_images.show(
        actor, images, stored_results.dataset_of(bundle), key=f"matrix_cell_{cell[0]}_{cell[1]}"
    )

classes, probabilities, paper = st.tabs(
    ["By class", "Probabilities", "The paper's tables"], key="matrix_more"
)
with classes:
    metric_table.by_class(measured.metrics, key="matrix_classes")
with probabilities:
    probabilities_table.show(bundle, found, key="matrix_probabilities")
with paper:
    paper_tables.show(measured, key="matrix_paper")
