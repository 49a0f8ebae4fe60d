"""Grouped folds: every image answered by a training that saw no twin of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from arncnn.evaluation.intervals import share as counted
from arncnn.evaluation.metrics import metrics
from arncnn.labels import title
from pages.ui.model import matrix_figure, metric_table
from pages.ui.wording import percent, share, span

_SHOWN = 200  # wrong images in the table


def show(report: Mapping[str, Any], *, key: str) -> None:
    """Draws the main figures, the matrix with the images behind its errors, classes and folds.

    Args:
        report: from ``arncnn.evaluation.folds.report``.
        key: of the widgets.
    """
    labels = tuple(report["labels"])
    wrong_accepted = counted(report["accepted_wrong"], report["accepted"])
    tiles = (
        ("Accuracy", share(report["accuracy"])),
        ("Errors", f"{report['errors']:,} of {report['n']:,}"),
        ("Log loss", f"{report['log_loss']:.4f} nat"),
        ("Accepted", share(report["accepted"] / report["n"], 1)),
        ("Accepted and wrong", f"{report['accepted_wrong']:,}"),
    )
    with st.grid(5, min_column_width=140, gap="small"):
        for name, value in tiles:
            st.metric(name, value, border=True)
    st.caption(
        f"Accuracy lies in {span(*report['accuracy_interval'])}; of the accepted, "
        f"{span(wrong_accepted.lower, wrong_accepted.upper)} are wrong (95 %, "
        "Clopper-Pearson)."
    )
    matrix = np.asarray(report["confusion_matrix"])
    cell = matrix_figure.show(matrix, labels, key=key)
    if cell is not None:
        _wrong(report, *(labels[place] for place in cell), key=f"{key}_cell_{cell[0]}_{cell[1]}")
    true, predicted = (np.repeat(axis.ravel(), matrix.ravel()) for axis in np.indices(matrix.shape))
    metric_table.by_class(metrics(true, predicted, labels), key=f"{key}_classes")
    rows = [
        {
            "Fold": number,
            "Model": fold["model"],
            "Learned from": f"{fold['train_images']:,} images × {fold['epochs']} epochs",
            "Tested on": f"{fold['n']:,}",
            "Errors": fold["errors"],
            "Accuracy": f"{share(fold['accuracy'])} ({span(*fold['accuracy_interval'])})",
        }
        for number, fold in enumerate(report["folds"], 1)
    ]
    st.dataframe(rows, hide_index=True, key=f"{key}_folds", alt="Every fold's training and errors")


def _wrong(report: Mapping[str, Any], true: str, predicted: str, *, key: str) -> None:
    if true == predicted:
        st.caption("Of the folds' images only those that were read wrong are kept.")
        return
    rows = [
        {"Image": row["index"], "Probability": percent(row["probability"])}
        for row in report["wrong"]
        if (row["true"], row["predicted"]) == (true, predicted)
    ]
    st.dataframe(
        rows[:_SHOWN],
        hide_index=True,
        key=key,
        alt=f"{title(true)} read as {title(predicted)}: number in the data set, probability",
    )
    st.caption("Each image is named by its place in the sorted data set.")
