"""Rows of the comparison as figures and tables; a row that was not run says so."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from arncnn.comparison.result import NOT_AFFORDED, Comparison, RunResult, judge, mean
from arncnn.comparison.rows import CITED, FLOOR, NETWORK, PAPER_TWICE, Row, of_group
from arncnn.figures import comparison as figure
from arncnn.figures import style
from arncnn.figures.comparison import ComparedModel
from pages.ui.wording import share, span


@dataclass(frozen=True)
class Quantity:
    """What rows can be compared by.

    Attributes:
        title: what a person reads, with its unit.
        of: gives it for one run, or None where it was not measured.
        paper: the attribute of the paper's row that stands beside it.
        is_share: print as percent.
        missing: what it means that a training has no value.
    """

    title: str
    of: Callable[[RunResult], float | None]
    paper: str | None = None
    is_share: bool = False
    missing: str = "not measured"


QUANTITIES = {
    quantity.title: quantity
    for quantity in (
        Quantity("Accuracy", lambda run: run.accuracy, "accuracy", is_share=True),
        Quantity("Log loss, nat", lambda run: run.log_loss, "loss"),
        Quantity("Accuracy under corruptions", lambda run: run.corruption_accuracy, is_share=True),
        Quantity("Accuracy elsewhere", lambda run: run.external_accuracy, is_share=True),
        Quantity(
            "Epochs to 99 % validation accuracy",
            lambda run: run.epochs_to_converge,
            missing="never",
        ),
        Quantity("Time per scan, ms", lambda run: run.milliseconds),
        Quantity("Training time, core-seconds", lambda run: run.training_core_s),
    )
}


def chart(compared: Comparison, group: str, quantity: Quantity, *, key: str) -> None:
    """Draws one group of rows; the floors below the networks, where they stretch no axis."""
    models = [_compared(compared, row, group, quantity) for row in of_group(group)]
    if group == NETWORK:
        floors = (_compared(compared, row, group, quantity) for row in of_group(FLOOR))
        models += [floor for floor in floors if floor.values]
    options = {"quantity": quantity.title, "is_share": quantity.is_share}
    st.plotly_chart(
        figure.figure(models, **options),
        config=style.CONFIG,
        key=key,
        alt=figure.alt_text(models, **options),
    )


def losses(compared: Comparison, group: str, *, key: str) -> None:
    """Draws the training loss by epoch of every run of a group (the paper's Figure 10)."""
    runs = {
        row.groups[group]: [run.losses for run in compared.of(row.key)] for row in of_group(group)
    }
    runs = {name: found for name, found in runs.items() if found}
    if not runs:
        return
    st.markdown("**Training loss by epoch**")
    st.plotly_chart(
        figure.loss_curves(runs),
        config=style.CONFIG,
        key=key,
        alt=figure.loss_curves_alt_text(runs),
    )


def table(compared: Comparison, group: str, *, key: str) -> None:
    """Draws every figure of a group's rows."""
    rows = [_row(compared, row, group) for row in (*of_group(group), *of_group(FLOOR))]
    filled = [name for name in rows[0] if any(row[name] for row in rows)]
    shown = [{name: row[name] for name in filled} for row in rows]
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "Row": st.column_config.TextColumn(width=190, pinned=True),
            "Against ARN-CNN": st.column_config.TextColumn(width=200),
        },
        key=key,
        alt="Every figure of the compared rows",
    )
    for row in of_group(group):
        if judge(compared, row.key) == NOT_AFFORDED:
            st.caption(_not_afforded(compared, row, group))


def floors(compared: Comparison) -> None:
    """Draws what needs no network, and the row that is cited only."""
    with st.grid(3, min_column_width=190, gap="small"):
        for row in of_group(FLOOR):
            runs = compared.of(row.key)
            value = share(runs[0].accuracy) if runs else "not run"
            st.metric(row.title, value, border=True)
        for row in of_group(CITED):
            if row.paper:
                st.metric(f"{row.title}, cited", share(row.paper.accuracy, 1), border=True)


def spent(compared: Comparison) -> str:
    """What the trainings cost, as a sentence; empty before the first."""
    if not compared.core_minutes:
        return ""
    is_whole = all(run.training_core_s is not None for run in compared.runs if run.losses)
    return (
        f"All trainings took {'' if is_whole else 'over '}{compared.core_minutes:,.0f} "
        "core-minutes, in "
        f"{' and '.join(compared.precisions).replace('_', ' ')}."
    )


def paper_twice() -> None:
    """Draws the paper's own two accuracies of one network, side by side."""
    with st.grid(2, min_column_width=190, gap="small"):
        for model in PAPER_TWICE:
            st.metric(f"ARN-CNN, {model.source}", share(model.accuracy), border=True)
    st.caption("The paper prints two accuracies for one network; both stand here as it has them.")


def _compared(compared: Comparison, row: Row, group: str, quantity: Quantity) -> ComparedModel:
    values = [quantity.of(run) for run in compared.of(row.key)]
    paper = getattr(row.paper, quantity.paper) if row.paper and quantity.paper else None
    name = row.groups.get(group, row.title)
    if judge(compared, row.key) == NOT_AFFORDED:
        return ComparedModel(name, (), paper, note=NOT_AFFORDED)
    known = tuple(value for value in values if value is not None)
    lacking, note = len(values) - len(known), ""
    if lacking and FLOOR not in row.groups:
        note = f"{quantity.missing} in {lacking} of {len(values)} runs"
    return ComparedModel(name, known, paper, note=note, is_complete=not lacking)


def _not_afforded(compared: Comparison, row: Row, group: str) -> str:
    runs = compared.of(row.key)
    lowest = min(run.losses[-1] for run in runs)
    best = max(max(run.validation_accuracy) for run in runs)
    return (
        f"{row.groups[group]} is not afforded: its training loss fell to {lowest:.2f}, but no run "
        f"got beyond {best:.1f} % of the validation images. The running means that its batch "
        "normalisation reads with need more steps than this budget has. Its figures speak of the "
        "budget, not of the network."
    )


def _row(compared: Comparison, row: Row, group: str) -> dict[str, str]:
    runs = compared.of(row.key)
    is_floor = FLOOR in row.groups
    epochs = [run.epochs_to_converge for run in runs]
    return {
        "Row": row.groups.get(group, row.title),
        "Against ARN-CNN": "needs no network" if is_floor else judge(compared, row.key),
        "Seeds": "" if is_floor else str(len(runs)),
        "Accuracy": _share([run.accuracy for run in runs]),
        "Log loss": _number([run.log_loss for run in runs], ".4f"),
        "Corrupted": _share([run.corruption_accuracy for run in runs]),
        "Elsewhere": _share([run.external_accuracy for run in runs]),
        "Epochs to 99 %": ", ".join("never" if e is None else str(e) for e in epochs)
        if runs and not is_floor
        else "",
        "Parameters": _number([run.parameters for run in runs], ",.0f"),
        "ms per scan": _number([run.milliseconds for run in runs], ".1f"),
        "Training, core-s": _number([run.training_core_s for run in runs], ",.0f"),
        "Paper": share(row.paper.accuracy, 1) if row.paper else "",
        "Note": compared.failure(row.key) or "",
    }


def _share(values: list[float | None]) -> str:
    found = mean(values)
    if found is None:
        return ""
    known = [value for value in values if value is not None]
    spread = f" ({span(min(known), max(known))})" if len(known) > 1 else ""
    return f"{share(found)}{spread}"


def _number(values: list, form: str) -> str:
    found = mean(values)
    return "" if found is None else f"{found:{form}}"
