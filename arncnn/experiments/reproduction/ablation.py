"""Table 6: the compared networks at full budget, and in the small one with its seeds."""

from dataclasses import dataclass

import numpy as np

from arncnn.evaluation.bootstrap import over_seeds
from arncnn.evaluation.intervals import Share, share
from arncnn.evaluation.paper_values import PaperModel
from arncnn.experiments.comparison.result import NOT_AFFORDED, Comparison, RunResult, judge
from arncnn.experiments.comparison.rows import BY_KEY, REFERENCE
from arncnn.experiments.reproduction.line import (
    NO_INTERVAL,
    NOT_PRINTED,
    Line,
    decimals,
    percentages,
)
from arncnn.formatting import counted, printed
from arncnn.formatting import share as written

RESIDUAL_ONLY, ATTENTION_ONLY = "residual_only", "attention_only"
TABLE_6_ROWS = ("resnet50", RESIDUAL_ONLY, ATTENTION_ONLY, REFERENCE, "mqcnn")
"""In the paper's order; the last is cited in its text and not in the table."""

NOT_REACHED = "not reached yet"


@dataclass(frozen=True)
class FullRow:
    """One network on all training images, as text; dashes where it was not measured.

    Attributes:
        key: of the row.
        title: what a person reads.
        paper: accuracy and loss as the paper prints them.
        errors: of how many; or that it was not reached.
        accuracy: with its exact interval.
        log_loss: on the test images, nats.
        epochs: until the control ended or the budget did.
        core_minutes: of training.
        parameters: number of weights.
        corrupted: accuracy under corruptions, mean over families.
        external: accuracy on external scans, mean over classes.
    """

    key: str
    title: str
    paper: str
    errors: str
    accuracy: str = NOT_PRINTED
    log_loss: str = NOT_PRINTED
    epochs: str = NOT_PRINTED
    core_minutes: str = NOT_PRINTED
    parameters: str = NOT_PRINTED
    corrupted: str = NOT_PRINTED
    external: str = NOT_PRINTED


def full_rows(compared: Comparison | None) -> tuple[FullRow, ...]:
    """Table 6 at full budget, in the paper's order; rows that were not reached say so."""
    rows: list[FullRow] = []
    for key in TABLE_6_ROWS:
        row = BY_KEY[key]
        runs = () if compared is None else compared.of(key)
        if runs:
            rows.extend(_full(row.title, _cited(row.paper), run) for run in runs)
            continue
        failure = None if compared is None else compared.failure(key)
        rows.append(FullRow(key, row.title, _cited(row.paper), failure or NOT_REACHED))
    return tuple(rows)


def against_whole(full: Comparison | None, small: Comparison | None) -> tuple[str, ...]:
    """How the network with one part left out stands to the whole one, a sentence each."""
    sentences = []
    for key in (RESIDUAL_ONLY, ATTENTION_ONLY):
        said = []
        if full is not None and full.of(key) and full.of(REFERENCE):
            one, whole = (_accuracy(full.of(row)[0]) for row in (key, REFERENCE))
            apart = one.upper < whole.lower or whole.upper < one.lower
            said.append(f"at full budget the two intervals {'are apart' if apart else 'overlap'}")
        if small is not None and small.of(key):
            said.append(f"over the seeds of the small budget its accuracy is {judge(small, key)}")
        if said:
            sentences.append(f"{BY_KEY[key].title}, against the whole network: {'; '.join(said)}.")
    return tuple(sentences)


def small_lines(compared: Comparison) -> tuple[Line, ...]:
    """Accuracy and log loss of the same rows in a budget of several seeds, with intervals."""
    lines = []
    for key in TABLE_6_ROWS:
        row, runs = BY_KEY[key], compared.of(key)
        paper = row.paper
        sample = f"{counted(len(runs), 'seed')}, {counted(compared.test_images, 'test image')}"
        if judge(compared, key) == NOT_AFFORDED:
            sample += f"; {NOT_AFFORDED}"
        accuracies = np.array([run.accuracy for run in runs])
        losses = np.array([run.log_loss for run in runs if run.log_loss is not None])
        accuracy = NOT_PRINTED if paper is None else printed(paper.accuracy)
        loss = NOT_PRINTED if paper is None or paper.loss is None else f"{paper.loss:g}"
        lines.append(_mean(f"{row.title}: accuracy", accuracy, accuracies, sample, is_share=True))
        lines.append(_mean(f"{row.title}: log loss, nat", loss, losses, sample, is_share=False))
    return tuple(lines)


def _full(title: str, paper: str, run: RunResult) -> FullRow:
    accuracy, interval = percentages(_accuracy(run))
    minutes = run.training_core_s
    return FullRow(
        run.key,
        title,
        paper,
        f"{run.errors:,} in {run.n:,}",
        f"{accuracy} ({interval})",
        _known(run.log_loss, "{:.4f}"),
        str(len(run.losses)),
        NOT_PRINTED if minutes is None else f"{minutes / 60:,.0f}",
        _known(run.parameters, "{:,}"),
        NOT_PRINTED if run.corruption_accuracy is None else written(run.corruption_accuracy, 1),
        NOT_PRINTED if run.external_accuracy is None else written(run.external_accuracy, 1),
    )


def _accuracy(run: RunResult) -> Share:
    return share(run.n - run.errors, run.n)


def _known(value: float | None, form: str) -> str:
    return NOT_PRINTED if value is None else form.format(value)


def _cited(paper: PaperModel | None) -> str:
    if paper is None:
        return NOT_PRINTED
    loss = "" if paper.loss is None else f", loss {paper.loss:g}"
    return f"{printed(paper.accuracy)}{loss}"


def _mean(name: str, paper: str, values: np.ndarray, sample: str, *, is_share: bool) -> Line:
    if not len(values):
        return Line(name, paper, "not run in this budget", "", "")
    found = over_seeds(values, most=1.0 if is_share else np.inf)
    if found is None:
        only = float(values[0])
        ours = written(only) if is_share else f"{only:.4f}"
        return Line(name, paper, ours, NO_INTERVAL, sample)
    return Line(name, paper, *(percentages if is_share else decimals)(found), sample)
