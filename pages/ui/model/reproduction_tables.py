"""Tables of the paper with ours beside, and what stands above and below every item."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import streamlit as st

from arncnn.evaluation.paper_values import ARN_CNN_IN_TEXT, ITEMS, MQCNN
from arncnn.experiments.comparison.budget import FULL
from arncnn.experiments.comparison.result import Comparison
from arncnn.experiments.comparison.rows import PAPER_TWICE, REFERENCE
from arncnn.experiments.reproduction.ablation import (
    NOT_REACHED,
    FullRow,
    against_whole,
    full_rows,
    small_lines,
)
from arncnn.experiments.reproduction.epochs import epochs
from arncnn.experiments.reproduction.line import Line
from arncnn.experiments.reproduction.notes import Note
from arncnn.experiments.reproduction.tested import Tested, tested
from arncnn.formatting import printed
from arncnn.models.bundle import ModelBundle
from arncnn.models.training_history import EpochRecord
from pages.ui.shared import tables
from pages.ui.shared.stored_results import Measured

Notes = Mapping[str, Note]

_EPOCH_HEADS = {
    "epoch": "Epoch",
    "of": "Whose",
    "loss": "Loss",
    "accuracy": "Accuracy, % (95%)",
    "v_loss": "V_loss",
    "v_acc": "V_acc, % (95%)",
    "lr": "LR",
    "next_lr": "Next LR",
    "monitor": "Monitor",
    "improvement": "% Improv",
    "duration": "Duration",
}
_ACCURACY = 172  # px: with its interval
_FULL_HEADS = {
    "title": "Network",
    "paper": "Paper",
    "errors": "Errors",
    "accuracy": "Accuracy (95%)",
    "log_loss": "Log loss, nat",
    "epochs": "Epochs",
    "core_minutes": "Core-minutes",
    "parameters": "Parameters",
    "corrupted": "Corrupted",
    "external": "External",
}


def show_head(number: str) -> None:
    """Draws the item's number, also the text's where the two differ, and the paper's caption."""
    item = ITEMS[number]
    st.subheader(item.title, anchor=number.lower().replace(" ", "-"))
    st.caption(f"“{item.caption}”")


def show_note(number: str, notes: Notes) -> None:
    """Draws how ours differs and why, and what made it."""
    note = notes[number]
    stored = f" Stored: {note.stored}." if note.stored else ""
    st.markdown(f"**What differs.** {note.differs}")
    st.caption(f"Made by: {note.made_by}.{stored}")


def show_lines(number: str, lines: Iterable[Line], notes: Notes, *, first: str) -> None:
    """Draws one table of the paper, ours beside it, with its head and note.

    Args:
        number: of the caption.
        lines: one a row.
        notes: of all items.
        first: the head of the first column.
    """
    show_head(number)
    show_rows(lines, f"{number}, ours beside the paper's", first=first)
    show_note(number, notes)


def show_rows(lines: Iterable[Line], alt: str, *, first: str) -> None:
    """Draws lines alone."""
    rows = [
        {
            first: line.name,
            "Paper": line.paper,
            "Ours": line.ours,
            "95% interval": line.interval,
            "Sample": line.sample,
        }
        for line in lines
    ]
    tables.show_whole(rows, alt)


def show_epochs(
    history: Sequence[EpochRecord],
    full: Comparison | None,
    bundle: ModelBundle,
    notes: Notes,
    *,
    key: str,
) -> None:
    """Draws Table 1: the paper's epochs and ours, epoch by epoch.

    Args:
        history: of the bundled model.
        full: its first ARN-CNN is shown as well.
        bundle: the bundled model.
        notes: of all items.
        key: of the table.
    """
    show_head("Table 1")
    train, watched = bundle.metadata.data.train_images, FULL.validation_images
    run = next(iter(full.of(REFERENCE)), None) if full is not None else None
    lines = epochs(history, run, train_images=train, validation_images=watched)
    rows = [{head: asdict(line)[name] for name, head in _EPOCH_HEADS.items()} for line in lines]
    wide = st.column_config.TextColumn(width=_ACCURACY)
    columns = {_EPOCH_HEADS[name]: wide for name in ("accuracy", "v_acc")}
    alt = "Table 1: epochs of the paper and ours"
    tables.show(rows, alt, key=key, columns=columns, is_whole=True)
    st.caption(
        f"Sample: {train:,} training and {watched:,} validation images. Accuracies have "
        "Clopper-Pearson intervals; the loss of a single training has none."
    )
    show_note("Table 1", notes)


def show_tested(sha256: str, measured: Measured, notes: Notes) -> None:
    """Draws Tables 2, 3 and 4: metrics, entropy and deviation on the test part."""
    found = _tested(sha256, measured)
    show_lines("Table 2", found.table_2, notes, first="Metric")
    show_lines("Table 3", found.table_3, notes, first="Class read")
    show_lines("Table 4", found.table_4, notes, first="Class read")


@st.cache_resource(show_spinner="Counting…", max_entries=2)
def _tested(sha256: str, _measured: Measured) -> Tested:
    return tested(_measured.predictions, _measured.metrics)


def show_table_6(
    full: Comparison | None, small: Comparison | None, notes: Notes, *, key: str
) -> None:
    """Draws Table 6: the rows reached at full budget, then the ablation with its seeds."""
    show_head("Table 6")
    rows = full_rows(full)
    if full is not None:
        external = f"{full.external_images:,} external scans" if full.external_images else "none"
        st.markdown(
            f"**At full budget:** {full.budget.sentence} Tested on {full.test_images:,} images; "
            f"corrupted: mean over families; external: {external}, mean over the classes."
        )
    _show_full(rows, key=f"{key}_full")
    here, in_text = (printed(model.accuracy) for model in PAPER_TWICE)
    missing = [row.title for row in rows if row.errors == NOT_REACHED]
    if missing:
        st.info(
            f"Not reached at full budget: {', '.join(missing)}.", icon=":material/hourglass_empty:"
        )
    st.caption(
        "One training each: the interval shows how precisely one network's accuracy is "
        f"known, not how much trainings with other seeds differ. The paper prints {here} "
        f"for ARN-CNN here and {in_text} in its {ARN_CNN_IN_TEXT.source}; MQCNN is "
        f"{MQCNN.source}."
    )
    if small is not None:
        st.markdown(f"**With several seeds:** {small.budget.sentence}")
        show_rows(small_lines(small), "Table 6 in the small budget", first="Row")
        st.caption(
            "Mean over the seeds with Student's 95% interval. Accuracies are capped at 100%."
        )
    for sentence in against_whole(full, small):
        st.markdown(f"- {sentence}")
    show_note("Table 6", notes)


def _show_full(rows: Iterable[FullRow], *, key: str) -> None:
    shown = [{head: asdict(row)[name] for name, head in _FULL_HEADS.items()} for row in rows]
    columns = {"Network": st.column_config.TextColumn(pinned=True)}
    tables.show(shown, "Table 6 at full budget, the paper's beside", key=key, columns=columns)
