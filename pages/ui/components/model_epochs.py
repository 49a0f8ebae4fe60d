"""The epoch table, as the paper prints its own, and the paper's beside it."""

from collections.abc import Sequence
from dataclasses import asdict

import streamlit as st

from arncnn.evaluation.paper_values import TABLE_1
from arncnn.figures.training_curve import Epoch
from arncnn.training.history import EpochRecord, to_csv

_EVENTS = {
    "best": "best so far, kept",
    "dwell": "rate halved, weights sent back",
    "reduced": "rate halved",
}
_NUMBER = st.column_config.NumberColumn
_COLUMNS = {
    "epoch": _NUMBER("Epoch", format="%d"),
    "loss": _NUMBER("Loss", format="%.4f"),
    "accuracy": _NUMBER("Accuracy, %", format="%.3f"),
    "v_loss": _NUMBER("V_loss", format="%.5f"),
    "v_acc": _NUMBER("V_acc, %", format="%.3f"),
    "lr": _NUMBER("LR", format="%.2e"),
    "next_lr": _NUMBER("Next LR", format="%.2e"),
    "monitor": "Monitor",
    "improvement_percent": _NUMBER("% Improv", format="%.2f"),
    "duration_s": _NUMBER("Duration, s", format="%.1f"),
    "event": "What the control did",
    "v_log_loss": None,
}


def show(name: str, history: Sequence[EpochRecord], *, key: str) -> None:
    """Draws the table of one run with its download."""
    rows = [{**asdict(row), "event": _EVENTS.get(row.event, row.event)} for row in history]
    _draw(rows, f"Epochs of {name}: {len(rows)} rows", key=key)
    st.download_button(
        "Download as CSV",
        to_csv(history),
        file_name="history.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"{key}_csv",
    )


def show_paper(*, key: str) -> None:
    """Draws the paper's Table 1."""
    _draw([asdict(row) for row in TABLE_1], "The paper's five epochs", key=key)
    st.caption(
        "As the paper prints them (its Table 1); losses include the penalty term, as ours do."
    )


def paper() -> Sequence[Epoch]:
    """The paper's own epochs, to lay over the curve."""
    return TABLE_1


def _draw(rows: list[dict], alt: str, *, key: str) -> None:
    st.dataframe(rows, column_config=_COLUMNS, hide_index=True, key=key, alt=alt)
