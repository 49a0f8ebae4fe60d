"""The epoch table, as the paper prints its own, and the paper's beside it."""

from dataclasses import asdict

import streamlit as st

from arncnn.evaluation.paper_values import TABLE_1
from arncnn.models.training_history import to_csv
from pages.ui.model.training_runs import History
from pages.ui.shared import buttons, tables

_EVENTS = {
    "best": "best so far, kept",
    "dwell": "rate halved, weights restored",
    "reduced": "rate halved",
}
_NUMBER, _TEXT = st.column_config.NumberColumn, st.column_config.TextColumn
_RATE = "%.3g"  # 0 stays 0
_COLUMNS = {
    "epoch": _NUMBER("Epoch", format="%d"),
    "loss": _NUMBER("Loss", format="%.4f", help="On training images, with the penalty term."),
    "accuracy": _NUMBER("Accuracy, %", format="%.3f", help="On training images, as shown."),
    "v_loss": _NUMBER("V_loss", format="%.5f", help="Loss on the validation images."),
    "v_acc": _NUMBER("V_acc, %", format="%.3f", help="Accuracy on the validation images."),
    "lr": _NUMBER("LR, end of epoch", format=_RATE, help="Learning rate at the epoch's last step."),
    "next_lr": _NUMBER(
        "Next LR", format=_RATE, help="Learning rate with which the next epoch begins."
    ),
    "monitor": _TEXT("Monitor", help="The figure that decides which epoch is best."),
    "improvement_percent": _NUMBER(
        "% Improv", format="%.2f", help="How much better that figure is than its previous best."
    ),
    "duration_s": _NUMBER("Duration, s", format="%.1f"),
    "event": _TEXT("What the control did", help="After the epoch, to weights and learning rate."),
    "v_log_loss": None,
}


def show(name: str, history: History, *, key: str) -> None:
    """Draws the table of one run with its download."""
    rows = [{**asdict(row), "event": _EVENTS.get(row.event, row.event)} for row in history]
    tables.show(rows, f"Epochs of {name}: {len(rows)} rows", key=key, columns=_COLUMNS)
    notes = [
        "LR is the learning rate at the end of the epoch; Next LR is that at the "
        "start of the next one."
    ]
    if history.is_randomised:
        notes.append(
            "Training figures are measured with randomised appearance and dropout, "
            "validation figures with neither, so the latter are better."
        )
    if any(row.lr == 0 for row in history):
        notes.append("A learning rate of 0 cannot be shown on the figure's logarithmic axis.")
    st.caption(" ".join(notes))
    buttons.download("Download as CSV", to_csv(history), "history.csv", key=f"{key}_csv")


def show_paper(*, key: str) -> None:
    """Draws the paper's Table 1."""
    rows = [asdict(row) for row in TABLE_1]
    for row in rows:
        del row["event"]  # the paper does not say what its control did
    tables.show(rows, "The paper's five epochs", key=key, columns=_COLUMNS)
    st.caption(
        "As the paper prints them (its Table 1); losses include the penalty term, as ours "
        "do. V_loss and V_acc are measured on the validation images; % Improv is the "
        "improvement of the monitored figure on its previous best."
    )
