"""A stored report on external scans: what the model is worth away from its data set."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from arncnn.labels import title
from arncnn.store import Actor
from pages.ui.model import external_cell, matrix_figure
from pages.ui.wording import share, span


def show(actor: Actor, report: Mapping[str, Any], labels: tuple[str, ...], *, key: str) -> None:
    """Draws the main figures, the matrix and the classes."""
    low, high = report["macro_accuracy_interval"]
    tiles = (
        ("Right, mean of the classes", share(report["macro_accuracy"], 1)),
        ("Accepted", f"{report['n']['accepted']:,} of {report['n']['in']:,}"),
        ("Accepted and wrong", f"{report['accepted_wrong']:,}"),
        ("Wrong over 90 %", f"{report['wrong_over_090']:,}"),
    )
    with st.grid(4, min_column_width=150, gap="small"):
        for name, value in tiles:
            st.metric(name, value, border=True)
    st.caption(f"The mean lies in {span(low, high, 1)} (95 %).")
    matrix = np.asarray(report["confusion_matrix"])
    cell = matrix_figure.show(matrix, labels, key=key)
    if cell is not None and "readings" in report:
        kind, predicted = (labels[place] for place in cell)
        inside = [
            row
            for row in report["readings"]
            if row["kind"] == kind and row["predicted"] == predicted
        ]
        external_cell.show(actor, inside, key=f"{key}_cell_{kind}_{predicted}")
    rows = [
        {
            "Class": title(label),
            "Scans": row["n"],
            "Right": _accuracy(row),
            "Accepted": row["accepted"],
            "Accepted and wrong": row["accepted_wrong"],
        }
        for label, row in report["per_class"].items()
    ]
    st.dataframe(rows, hide_index=True, key=f"{key}_classes", alt="External scans by class")
    st.caption("In brackets 95 % Clopper-Pearson intervals. Every scan counts, refused or not.")


def _accuracy(row: Mapping[str, Any]) -> str:
    lower, upper = row["accuracy_interval"]
    return f"{share(row['accuracy'], 1)} ({span(lower, upper, 1)})"
