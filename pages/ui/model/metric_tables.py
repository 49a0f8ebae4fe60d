"""The figures that follow from predictions: large, by class, and beside the paper's own."""

import streamlit as st

from arncnn.evaluation.calibration_error import brier, ece
from arncnn.evaluation.intervals import Share
from arncnn.evaluation.metrics import Estimate, Metrics
from arncnn.evaluation.paper_values import TABLE_2, TABLES_3_AND_4
from arncnn.labels import title
from arncnn.uncertainty.paper import by_predicted_class
from arncnn.uncertainty.temperature import negative_log_likelihood
from pages.ui.shared import tables
from pages.ui.shared.stored_results import Measured
from pages.ui.wording import share, span


def show_headline(measured: Measured) -> None:
    """Draws accuracy with its interval, errors, and how good the probabilities are."""
    found, figures = measured.predictions, measured.metrics
    probabilities, accuracy = found.probabilities, figures.accuracy
    brier_score, error = brier(probabilities, found.target), ece(probabilities, found.target)
    tiles = (
        ("Accuracy", share(accuracy.value), f"{_ends(accuracy)}: 95% Clopper-Pearson interval"),
        ("Errors", f"{figures.errors:,} of {figures.n:,}", "images whose likeliest class is wrong"),
        ("Cohen's kappa", f"{figures.cohen_kappa:.4f}", "agreement beyond chance; 1 is perfect"),
        ("Log loss", f"{_log_loss(measured):.4f} nat", "without the penalty term; 0 is perfect"),
        ("Brier score", f"{brier_score:.4f}", "0 is perfect, 2 is worst"),
        ("ECE", f"{error:.4f}", "expected calibration error, 15 bins"),
    )
    tables.show_tiles(tiles, columns=6, width=140)
    st.caption(f"Accuracy lies in {_ends(accuracy)} (95%, Clopper-Pearson, n = {accuracy.n:,}).")


def show_classes(figures: Metrics) -> None:
    """Draws precision, recall and F1 of every class and of their mean, with intervals."""
    means = (figures.macro_precision, figures.macro_recall, figures.macro_f1)
    rows = [
        _metrics_row(title(row.label), row.n, row.precision, row.recall, row.f1)
        for row in figures.classes
    ]
    rows.append(_metrics_row("Mean of the classes", figures.n, *means))
    tables.show_whole(rows, "Precision, recall and F1 by class")
    st.caption(
        "In brackets: 95% intervals, Clopper-Pearson for precision and recall, credible "
        "(Jeffreys' prior on the rows of the matrix) for F1 and the means."
    )


def _metrics_row(name: str, n: int, *found: Share | Estimate) -> dict[str, str]:
    precision, recall, f1 = (_written(value) for value in found)
    return {"Class": name, "Images": f"{n:,}", "Precision": precision, "Recall": recall, "F1": f1}


def show_paper(measured: Measured, *, key: str) -> None:
    """Draws the paper's tables of metrics, entropy and standard deviation, ours beside them."""
    metrics, uncertainty = st.columns([2, 3], gap="medium")
    with metrics:
        st.subheader("Metrics", anchor=False)
        _show_metrics(measured, key=f"{key}_metrics")
    with uncertainty:
        st.subheader("Entropy and standard deviation by predicted class", anchor=False)
        _show_uncertainty(measured, key=f"{key}_uncertainty")


def _show_metrics(measured: Measured, *, key: str) -> None:
    figures = measured.metrics
    ours = {
        "Precision": figures.macro_precision.value,
        "Recall": figures.macro_recall.value,
        "F1": figures.macro_f1.value,
        "Accuracy": figures.accuracy.value,
        "Cohen's kappa": figures.cohen_kappa,
        "Log loss": _log_loss(measured),
    }
    rows = {
        "Figure": list(ours),
        "Ours": [f"{value:.4f}" for value in ours.values()],
        "Paper": list(TABLE_2.values()),
    }
    tables.show(rows, "Metrics, ours beside the paper's", key=key)
    st.caption("Paper: Table 2. Precision, recall and F1 are means over the classes.")


def _show_uncertainty(measured: Measured, *, key: str) -> None:
    paper = {row.label: row for row in TABLES_3_AND_4}
    rows = []
    for row in by_predicted_class(measured.predictions.probabilities, measured.predictions.labels):
        entropy, deviation = "", ""
        if theirs := paper.get(row.label):
            entropy = f"{theirs.entropy:.2f}, {theirs.entropy_level}"
            deviation = f"{theirs.standard_deviation:.2f}, {theirs.standard_deviation_level}"
        rows.append(
            {
                "Class": title(row.label),
                "Entropy": _leveled(row.entropy, row.entropy_level),
                "Paper's entropy": entropy,
                "Deviation": _leveled(row.standard_deviation, row.standard_deviation_level),
                "Paper's deviation": deviation,
            }
        )
    tables.show(rows, "Entropy and deviation by predicted class", key=key)
    st.caption(
        "Paper: Tables 3 and 4. Mean entropy in nats; standard deviation of the normalised "
        "probability. The paper calls values below 0.03 low and others moderate."
    )


def _log_loss(measured: Measured) -> float:
    found = measured.predictions
    return negative_log_likelihood(found.logits, found.target, found.temperature)


def _leveled(value: float | None, level: str | None) -> str:
    return "none predicted" if value is None else f"{value:.4f}, {level}"


def _written(value: Share | Estimate) -> str:
    if isinstance(value, Share) and value.n == 0:
        return "never predicted"
    return f"{share(value.value)} ({_ends(value)})"


def _ends(value: Share | Estimate) -> str:
    return span(value.lower, value.upper)
