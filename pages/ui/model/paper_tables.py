"""The paper's tables of metrics, entropy and standard deviation, ours beside its own."""

import streamlit as st

from arncnn.evaluation.paper_values import TABLE_2, TABLES_3_AND_4
from arncnn.labels import title
from arncnn.uncertainty.paper import by_predicted_class
from arncnn.uncertainty.temperature import negative_log_likelihood
from pages.ui.shared.stored_results import Measured


def show(measured: Measured, *, key: str) -> None:
    """Draws the three tables."""
    metrics, uncertainty = st.columns([2, 3], gap="medium")
    with metrics:
        st.subheader("Metrics", anchor=False)
        _metrics(measured, key=f"{key}_metrics")
    with uncertainty:
        st.subheader("Entropy and standard deviation by predicted class", anchor=False)
        _uncertainty(measured, key=f"{key}_uncertainty")


def _metrics(measured: Measured, *, key: str) -> None:
    found, figures = measured.predictions, measured.metrics
    ours = {
        "Precision": figures.macro_precision.value,
        "Recall": figures.macro_recall.value,
        "F1": figures.macro_f1.value,
        "Accuracy": figures.accuracy.value,
        "Cohen's kappa": figures.cohen_kappa,
        "Log loss": negative_log_likelihood(found.logits, found.target, found.temperature),
    }
    st.dataframe(
        {
            "Figure": list(ours),
            "Ours": [f"{value:.4f}" for value in ours.values()],
            "Paper": list(TABLE_2.values()),
        },
        hide_index=True,
        key=key,
        alt="Metrics, ours beside the paper's",
    )
    st.caption("Paper: its Table 2. Precision, recall and F1 are means over the classes.")


def _uncertainty(measured: Measured, *, key: str) -> None:
    paper = {row.label: row for row in TABLES_3_AND_4}
    rows = []
    for row in by_predicted_class(measured.predictions.probabilities, measured.predictions.labels):
        theirs = paper.get(row.label)
        rows.append(
            {
                "Class": title(row.label),
                "Entropy": _value(row.entropy, row.entropy_level),
                "Paper's entropy": _printed(theirs.entropy, theirs.entropy_level) if theirs else "",
                "Deviation": _value(row.standard_deviation, row.standard_deviation_level),
                "Paper's deviation": _printed(
                    theirs.standard_deviation, theirs.standard_deviation_level
                )
                if theirs
                else "",
            }
        )
    st.dataframe(rows, hide_index=True, key=key, alt="Entropy and deviation by predicted class")
    st.caption(
        "Paper: its Tables 3 and 4. Mean entropy in nats; standard deviation of the normalised "
        "probability. The paper calls a value low under 0.03 and moderate from there on."
    )


def _printed(value: float, level: str) -> str:
    return f"{value:.2f}, {level}"


def _value(value: float | None, level: str | None) -> str:
    return "none predicted" if value is None else f"{value:.4f}, {level}"
