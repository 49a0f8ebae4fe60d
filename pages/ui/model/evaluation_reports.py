"""Which images a model is judged on, and the stored reports on external scans and on folds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from arncnn.evaluation import stored_reports
from arncnn.evaluation.intervals import share as counted
from arncnn.evaluation.metrics import metrics
from arncnn.labels import title
from arncnn.models.bundle import ModelBundle
from arncnn.store import Actor
from pages.ui.model import cell_images, external_check, matrix_figure, metric_tables
from pages.ui.shared import stored_results, tables
from pages.ui.wording import percent, share, span

Report = Mapping[str, Any]

TEST, ACCEPTED, EXTERNAL = "Test part", "Test part, no review needed", "External scans"
FOLDS = "Grouped folds"
_WITHOUT_FOLDS = (
    " Not measured: grouped folds, one training each (`python -m arncnn train --fold I --folds K`, "
    "then `evaluate folds FOLDER`)."
)
_SHOWN = 200  # wrong images in the table


def choose(actor: Actor, bundle: ModelBundle, *, key: str) -> tuple[str, Report]:
    """Draws the picker; gives one of the names above, and its report where one is stored.

    What was not measured is named with the button or the command that measures it.
    """
    found = {
        EXTERNAL: stored_reports.find(bundle.identity.sha256, "external"),
        FOLDS: stored_reports.folds(bundle.metadata.recipe.name),
    }
    stored = {name: report for name, report in found.items() if report}
    offered = [TEST, ACCEPTED, *stored]
    chosen = str(st.segmented_control("Measured on", offered, default=TEST, required=True, key=key))
    unmeasured = "" if FOLDS in stored else _WITHOUT_FOLDS
    report = stored.get(chosen, {})
    st.caption(_about(chosen, bundle, report) + unmeasured)
    if EXTERNAL not in stored:
        external_check.offer(actor, bundle, key=f"{key}_external")
    return chosen, report


def _about(chosen: str, bundle: ModelBundle, report: Report) -> str:
    if chosen == TEST:
        return f"The test set of the split “{bundle.metadata.data.split}”, as in the paper."
    if chosen == EXTERNAL:
        return "Real scans that no training has seen; every one counts, refused or not."
    if chosen == FOLDS:
        return (
            f"{len(report['folds'])} trainings of the recipe “{report['recipe']['name']}”, "
            "each tested on images of which it saw no near-duplicate; together they answer "
            "each of these images once. The model above is not one of them."
        )
    left_out = "The same, without images that a low probability or an ambiguous prediction set"
    stored = stored_results.measured(bundle.identity.sha256, bundle, only_accepted=False)
    n = len(stored.predictions)
    kept = stored_results.measured(bundle.identity.sha256, bundle, only_accepted=True)
    left = f"{len(kept.predictions):,} of {n:,} test images are left (measured, not nominal)."
    if stored.predictions.novelty_p_value is None:
        return f"{left_out} sends to review; this model was stored without novelty. {left}"
    return f"{left_out} sends to review, or that are novel to the model: {left}"


def show_external(actor: Actor, report: Report, labels: tuple[str, ...], *, key: str) -> None:
    """Draws what the model is worth away from its data set: figures, matrix and classes."""
    low, high = report["macro_accuracy_interval"]
    figures = (
        ("Right, mean of the classes", share(report["macro_accuracy"], 1)),
        ("Accepted", f"{report['n']['accepted']:,} of {report['n']['in']:,}"),
        ("Accepted and wrong", f"{report['accepted_wrong']:,}"),
        ("Wrong over 90%", f"{report['wrong_over_090']:,}"),
    )
    tables.show_tiles(figures, columns=4, width=150)
    n = report["n"]["in"]
    st.caption(f"95% interval of the mean: {span(low, high, 1)} (n = {n:,}).")
    st.warning(stored_reports.CAUTION, icon=":material/warning:")
    cell = matrix_figure.choose_cell(np.asarray(report["confusion_matrix"]), labels, key=key)
    if cell is not None and "readings" in report:
        inside = _in_cell(report["readings"], cell, labels, true="kind")
        key_of_cell = f"{key}_cell_{labels[cell[0]]}_{labels[cell[1]]}"
        cell_images.show_external_scans(actor, inside, key=key_of_cell)
    rows = [
        {
            "Class": title(label),
            "Scans": row["n"],
            "Right": _accuracy(row, 1),
            "Accepted": row["accepted"],
            "Accepted and wrong": row["accepted_wrong"],
        }
        for label, row in report["per_class"].items()
    ]
    tables.show(rows, "External scans by class", key=f"{key}_classes")
    st.caption("In brackets: 95% Clopper-Pearson intervals. Every scan counts, refused or not.")


def show_folds(report: Report, *, key: str) -> None:
    """Draws grouped folds: every image answered by a training that saw no twin of it.

    Args:
        report: from ``arncnn.evaluation.folds.report``.
        key: of the widgets.
    """
    labels = tuple(report["labels"])
    wrong = counted(report["accepted_wrong"], report["accepted"])
    figures = (
        ("Accuracy", share(report["accuracy"])),
        ("Errors", f"{report['errors']:,} of {report['n']:,}"),
        ("Log loss", f"{report['log_loss']:.4f} nat"),
        ("Accepted", share(report["accepted"] / report["n"], 1)),
        ("Accepted and wrong", f"{report['accepted_wrong']:,}"),
    )
    tables.show_tiles(figures, columns=5, width=140)
    low, high = report["accuracy_interval"]
    st.caption(
        f"Accuracy lies in {span(low, high)}; of the accepted, {span(wrong.lower, wrong.upper)} "
        "are wrong (95%, Clopper-Pearson)."
    )
    matrix = np.asarray(report["confusion_matrix"])
    cell = matrix_figure.choose_cell(matrix, labels, key=key)
    if cell is not None:
        _show_wrong(report, cell, labels, key=f"{key}_cell_{cell[0]}_{cell[1]}")
    true, predicted = (np.repeat(axis.ravel(), matrix.ravel()) for axis in np.indices(matrix.shape))
    metric_tables.show_classes(metrics(true, predicted, labels))
    rows = [
        {
            "Fold": number,
            "Model": fold["model"],
            "Trained on": f"{fold['train_images']:,} images × {fold['epochs']} epochs",
            "Tested on": f"{fold['n']:,}",
            "Errors": fold["errors"],
            "Accuracy": _accuracy(fold, 2),
        }
        for number, fold in enumerate(report["folds"], 1)
    ]
    tables.show(rows, "Training and errors of every fold", key=f"{key}_folds")


def _show_wrong(
    report: Report, cell: matrix_figure.Cell, labels: tuple[str, ...], *, key: str
) -> None:
    if cell[0] == cell[1]:
        st.caption("Only those images of the folds that were read wrongly are kept.")
        return
    rows = [
        {"Image": row["index"], "Probability": percent(row["probability"])}
        for row in _in_cell(report["wrong"], cell, labels, true="true")
    ]
    true, predicted = (title(labels[place]) for place in cell)
    alt = f"{true} read as {predicted}: number in the data set, probability"
    tables.show(rows[:_SHOWN], alt, key=key)
    st.caption("Each image is named by its position in the sorted data set.")


def _in_cell(
    rows: list[Report], cell: matrix_figure.Cell, labels: tuple[str, ...], *, true: str
) -> list[Report]:
    """The rows of one cell; ``true`` names what holds their true class."""
    wanted = tuple(labels[place] for place in cell)
    return [row for row in rows if (row[true], row["predicted"]) == wanted]


def _accuracy(row: Report, decimals: int) -> str:
    low, high = row["accuracy_interval"]
    return f"{share(row['accuracy'], decimals)} ({span(low, high, decimals)})"
