"""Rows of the comparison as figures and tables; a row that was not run says so."""

import streamlit as st

from arncnn.experiments.comparison.quantity import ACCURACY, NEVER, QUANTITIES, Quantity
from arncnn.experiments.comparison.result import NOT_AFFORDED, Comparison, judge
from arncnn.experiments.comparison.rows import BASELINE, CITED, NETWORK, PAPER_TWICE, Row, of_group
from arncnn.figures import comparison as figure
from arncnn.figures.comparison import ComparedModel
from pages.ui.shared import charts, tables

_COLUMNS = {
    "Row": st.column_config.TextColumn(pinned=True),
    **{q.head: st.column_config.TextColumn(help=q.title) for q in QUANTITIES.values()},
}


def show_group(compared: Comparison, group: str, quantity: Quantity, *, key: str) -> None:
    """Draws one group of rows: as a figure, each against the ARN-CNN, and all that is known."""
    _show_chart(compared, group, quantity, key=f"{key}_{group}")
    _show_judged(compared, group, quantity, key=f"{key}_judged_{group}")
    _show_means(compared, group, key=f"{key}_means_{group}")
    _show_losses(compared, group, key=f"{key}_losses_{group}")


def _show_chart(compared: Comparison, group: str, quantity: Quantity, *, key: str) -> None:
    """Draws the rows; the baselines below the networks, where they stretch no axis."""
    models = [_compared(compared, row, group, quantity) for row in of_group(group)]
    if group == NETWORK:
        baselines = (_compared(compared, row, group, quantity) for row in of_group(BASELINE))
        models += (baseline for baseline in baselines if baseline.values)
    title, decimals = quantity.title, quantity.decimals
    alt = figure.alt_text(models, quantity=title, decimals=decimals)
    charts.show(figure.figure(models, quantity=title, decimals=decimals), alt, key=key)


def _show_losses(compared: Comparison, group: str, *, key: str) -> None:
    """Draws the training loss by epoch of every run of a group (the paper's Figure 10)."""
    runs = {
        row.groups[group]: [run.losses for run in compared.of(row.key)] for row in of_group(group)
    }
    runs = {name: found for name, found in runs.items() if found}
    if runs:
        st.markdown("**Training loss by epoch**")
        charts.show(figure.loss_curves(runs), figure.loss_curves_alt_text(runs), key=key)


def _show_judged(compared: Comparison, group: str, quantity: Quantity, *, key: str) -> None:
    """Draws the chosen quantity of a group's rows, and how each stands in it to the ARN-CNN."""
    rows = [_judged(compared, row, group, quantity) for row in of_group(group)]
    baselines = [_judged(compared, row, group, quantity) for row in of_group(BASELINE)]
    rows += [row for row in baselines if row[quantity.title]]
    _show(rows, f"{quantity.title} of the compared rows, each against ARN-CNN", key=key)
    for row in of_group(group):
        if judge(compared, row.key) == NOT_AFFORDED:
            st.caption(_not_afforded(compared, row, group))


def _show_means(compared: Comparison, group: str, *, key: str) -> None:
    """Draws every figure of a group's rows: how good they are, then what they cost."""
    st.markdown("**Every figure, mean of the runs**")
    for is_cost in (False, True):
        quantities = [q for q in QUANTITIES.values() if q.is_cost is is_cost]
        rows = []
        for row in (*of_group(group), *of_group(BASELINE)):
            runs = compared.of(row.key)
            figures = {q.head: q.mean(runs) if _has(row, q) else "" for q in quantities}
            if is_cost:
                known = next((run.parameters for run in runs if run.parameters), None)
                figures["Parameters"] = "" if known is None else f"{known:,}"
            if any(figures.values()):
                rows.append({"Row": row.groups.get(group, row.title), **figures})
        if rows:
            what = "Cost of the rows" if is_cost else "Performance of the rows"
            _show(rows, f"{what}: means of their runs", key=f"{key}_{is_cost}")


def show_baselines(compared: Comparison) -> None:
    """Draws what needs no network."""
    found = {row.title: compared.of(row.key) for row in of_group(BASELINE)}
    figures = [(name, ACCURACY.mean(runs) if runs else "not run") for name, runs in found.items()]
    tables.show_tiles(figures, columns=2, width=190)
    st.caption(
        "The nearest neighbour compares pixels with all training images of the split and "
        "learns nothing; the decision tree sees only the grey of the corners and the "
        "darkest pixel, no anatomy. Accuracy on the test set is worth what it adds to "
        f"these baselines; the rows below are trained on {compared.budget.images:,} of the "
        "same images."
    )


def show_papers() -> None:
    """Draws the accuracies that the paper prints, its own two of one network side by side."""
    cited = [(f"{row.groups[CITED]}, cited", row.paper) for row in of_group(CITED) if row.paper]
    own = [(f"ARN-CNN, {model.source}", model) for model in PAPER_TWICE]
    figures = [(title, ACCURACY.printed(model.accuracy)) for title, model in (*own, *cited)]
    tables.show_tiles(figures, columns=3, width=230)
    st.caption(
        "The paper prints two accuracies for one network; both are given as printed. MQCNN "
        "is a quantum convolutional layer before a modified ResNet (Hassan et al.): the "
        "paper cites its figure, and the row below is our interpretation of it."
    )


def spent_in_words(compared: Comparison) -> str:
    """What the trainings cost, as a sentence; empty before the first."""
    if not compared.core_minutes:
        return ""
    is_whole = all(run.training_core_s is not None for run in compared.runs if run.losses)
    cost = f"{'' if is_whole else 'over '}{compared.core_minutes:,.0f} core-minutes"
    return f"All trainings took {cost}, in {' and '.join(compared.precisions).replace('_', ' ')}."


def _compared(compared: Comparison, row: Row, group: str, quantity: Quantity) -> ComparedModel:
    values = [quantity.of(run) for run in compared.of(row.key)]
    paper = quantity.cited(row)
    name = row.groups.get(group, row.title)
    if judge(compared, row.key) == NOT_AFFORDED:
        return ComparedModel(name, (), paper, note=NOT_AFFORDED)
    known = tuple(value for value in values if value is not None)
    lacking, note = len(values) - len(known), ""
    if lacking and BASELINE not in row.groups:
        note = f"{quantity.missing} in {lacking} of {len(values)} runs"
    return ComparedModel(name, known, paper, note=note, is_complete=not lacking)


def _not_afforded(compared: Comparison, row: Row, group: str) -> str:
    runs = compared.of(row.key)
    lowest = min(run.losses[-1] for run in runs)
    best = max(max(run.validation_accuracy) for run in runs)
    return (
        f"{row.groups[group]} cannot be judged within this budget: its training loss fell "
        f"to {lowest:.2f}, but no run got beyond {best:.1f}% of the validation images. The "
        "running means of its batch normalisation need more steps than this budget allows. "
        "Its figures reflect the budget, not the network."
    )


def _judged(compared: Comparison, row: Row, group: str, quantity: Quantity) -> dict[str, str]:
    runs, cited = compared.of(row.key), quantity.cited(row)
    is_baseline = BASELINE in row.groups
    against = "needs no network" if is_baseline else quantity.judged(compared, row.key)
    return {
        "Row": row.groups.get(group, row.title),
        quantity.title: quantity.spread(runs) if _has(row, quantity) else "",
        "Against ARN-CNN": against,
        "Seeds": "" if is_baseline else str(len(runs)),
        "Paper": "" if cited is None else quantity.printed(cited),
        "Note": compared.failure(row.key) or "",
    }


def _has(row: Row, quantity: Quantity) -> bool:
    """Whether a row can have it at all: what was never trained has no epochs to 99%."""
    return BASELINE not in row.groups or quantity.missing != NEVER


def _show(rows: list[dict[str, str]], alt: str, *, key: str) -> None:
    """Draws rows without the columns that none of them fills."""
    filled = [name for name in rows[0] if any(row[name] for row in rows)]
    shown = [{name: row[name] for name in filled} for row in rows]
    tables.show(shown, alt, key=key, columns=_COLUMNS)
