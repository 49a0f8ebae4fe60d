"""Confusion matrix: what is taken for what, how sure, and which images those are."""

import streamlit as st

from arncnn.models.bundle import ModelBundle
from arncnn.store import Actor
from pages.ui import frame, sign_in
from pages.ui.model import (
    cell_images,
    evaluation_reports,
    matrix_figure,
    metric_tables,
    probabilities_table,
)
from pages.ui.shared import model_picker, stored_results


def show() -> None:
    """Draws what the chosen model is worth on the chosen images."""
    actor = sign_in.actor()
    frame.open_page("Confusion matrix", "Which classes the model confuses, and how sure it is.")
    bundle = model_picker.choose(actor, key="matrix_model")
    key = f"matrix_{bundle.identity.sha256[:8]}"
    images, report = evaluation_reports.choose(actor, bundle, key="matrix_split")
    if images == evaluation_reports.EXTERNAL:
        evaluation_reports.show_external(actor, report, bundle.labels, key=f"{key}_external")
    elif images == evaluation_reports.FOLDS:
        evaluation_reports.show_folds(report, key="matrix_folds")
    else:
        is_accepted = images == evaluation_reports.ACCEPTED
        _show_test_part(actor, bundle, only_accepted=is_accepted, key=f"{key}_{is_accepted}")


def _show_test_part(actor: Actor, bundle: ModelBundle, *, only_accepted: bool, key: str) -> None:
    sha256 = bundle.identity.sha256
    measured = stored_results.measured(sha256, bundle, only_accepted=only_accepted)
    found = measured.predictions
    metric_tables.show_headline(measured)
    matrix, sureness = st.columns([3, 2], gap="medium")
    with matrix:
        st.subheader("True and predicted classes", anchor=False)
        cell = matrix_figure.choose_cell(measured.metrics.confusion_matrix, bundle.labels, key=key)
    with sureness:
        st.subheader("Distance from certainty", anchor=False)
        probabilities_table.show_distribution(found, key="matrix_distribution")
    if cell is not None:
        inside, dataset = found.cell(*cell), stored_results.dataset_of(bundle)
        key_of_cell = f"matrix_cell_{cell[0]}_{cell[1]}"
        cell_images.show_test_images(actor, inside, dataset, key=key_of_cell)
    classes, probabilities, paper = st.tabs(
        ["By class", "Probabilities", "The paper's tables"], on_change="rerun", key="matrix_more"
    )
    with classes:
        if classes.open:
            metric_tables.show_classes(measured.metrics)
    with probabilities:
        if probabilities.open:
            probabilities_table.show(bundle, found, key="matrix_probabilities")
    with paper:
        if paper.open:
            metric_tables.show_paper(measured, key="matrix_paper")


show()
