"""The figures that follow from predictions: the main ones large, each class in a table."""

import streamlit as st

from arncnn.evaluation.calibration_error import brier, ece
from arncnn.evaluation.intervals import Share
from arncnn.evaluation.metrics import Estimate, Metrics
from arncnn.labels import title
from arncnn.uncertainty.temperature import negative_log_likelihood
from pages.ui.shared.stored_results import Measured
from pages.ui.wording import share, span


def headline(measured: Measured) -> None:
    """Draws accuracy with its interval, errors, and how good the probabilities are."""
    found, figures = measured.predictions, measured.metrics
    probabilities = found.probabilities
    loss = negative_log_likelihood(found.logits, found.target, found.temperature)
    accuracy = figures.accuracy
    tiles = (
        ("Accuracy", share(accuracy.value), f"{_ends(accuracy)}: 95 % Clopper-Pearson interval"),
        ("Errors", f"{figures.errors:,} of {figures.n:,}", "images whose likeliest class is wrong"),
        ("Cohen's kappa", f"{figures.cohen_kappa:.4f}", "agreement beyond chance, 1 at most"),
        ("Log loss", f"{loss:.4f} nat", "without any penalty; 0 is perfect"),
        ("Brier score", f"{brier(probabilities, found.target):.4f}", "0 is perfect, 2 the worst"),
        ("ECE", f"{ece(probabilities, found.target):.4f}", "expected calibration error, 15 bins"),
    )
    with st.grid(6, min_column_width=140, gap="small"):
        for name, value, meaning in tiles:
            st.metric(name, value, help=meaning, border=True)
    st.caption(f"Accuracy lies in {_ends(accuracy)} (95 %, Clopper-Pearson, n = {accuracy.n:,}).")


def by_class(figures: Metrics, *, key: str) -> None:
    """Draws precision, recall and F1 of every class and of their mean, with intervals."""
    rows = [
        {
            "Class": title(row.label),
            "Images": f"{row.n:,}",
            "Precision": _written(row.precision),
            "Recall": _written(row.recall),
            "F1": _written(row.f1),
        }
        for row in figures.classes
    ]
    rows.append(
        {
            "Class": "Mean of the classes",
            "Images": f"{figures.n:,}",
            "Precision": _written(figures.macro_precision),
            "Recall": _written(figures.macro_recall),
            "F1": _written(figures.macro_f1),
        }
    )
    st.dataframe(
        rows,
        hide_index=True,
        column_config={"Images": st.column_config.TextColumn(alignment="right")},
        key=key,
        alt="Precision, recall and F1 by class",
    )
    st.caption(
        "In brackets 95 % intervals: Clopper-Pearson for precision and recall, credible intervals "
        "(Jeffreys' prior on the rows of the matrix) for F1 and the means."
    )


def _written(value: Share | Estimate) -> str:
    if isinstance(value, Share) and value.n == 0:
        return "never predicted"
    return f"{share(value.value)} ({_ends(value)})"


def _ends(value: Share | Estimate) -> str:
    return span(value.lower, value.upper)
