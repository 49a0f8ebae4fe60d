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
_FIGURES = {  # of an epoch: what the column is called, how it is written, what it means
    "epoch": ("Epoch", "%d", None),
    "loss": ("Loss", "%.4f", "On training images, with the penalty term."),
    "accuracy": ("Accuracy, %", "%.3f", "On training images, as shown."),
    "v_loss": ("V_loss", "%.5f", "Loss on the validation images."),
    "v_acc": ("V_acc, %", "%.3f", "Accuracy on the validation images."),
    "lr": ("LR, end of epoch", "%.3g", "Learning rate at the epoch's last step."),
    "next_lr": ("Next LR", "%.3g", "Learning rate with which the next epoch begins."),
    "improvement_percent": (
        "% Improv",
        "%.2f",
        "How much better the monitored figure is than its previous best.",
    ),
    "duration_s": ("Duration, s", "%.1f", None),
}
_IN_THE_PAPER = {"loss": "%.3f", "duration_s": "%.2f"}  # its digits, where they are others
_WORDS = {
    "monitor": ("Monitor", "The figure that decides which epoch is best."),
    "event": ("What the control did", "After the epoch, to weights and learning rate."),
}
_COLUMNS = {
    **{
        name: st.column_config.NumberColumn(title, format=written, help=meaning)
        for name, (title, written, meaning) in _FIGURES.items()
    },
    **{
        name: st.column_config.TextColumn(title, help=meaning)
        for name, (title, meaning) in _WORDS.items()
    },
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


def show_paper() -> None:
    """Draws the paper's Table 1, which is small enough to be read whole."""
    rows = [
        {
            title: _IN_THE_PAPER.get(name, written) % getattr(row, name)
            for name, (title, written, _) in _FIGURES.items()
        }
        | {_WORDS["monitor"][0]: row.monitor}  # the paper does not say what its control did
        for row in TABLE_1
    ]
    tables.show_whole(rows, "The paper's five epochs", is_of_figures=True)
    st.caption(
        "As the paper prints them (its Table 1); losses include the penalty term, as ours "
        "do. V_loss and V_acc are measured on the validation images; % Improv is the "
        "improvement of the monitored figure on its previous best."
    )
