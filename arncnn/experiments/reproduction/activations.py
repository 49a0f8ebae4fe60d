"""Figure 10: where each dense activation's training loss ends, and how it stands to GELU's."""

from collections.abc import Sequence

import numpy as np

from arncnn.evaluation.bootstrap import over_seeds
from arncnn.experiments.comparison.result import Comparison, RunResult, judge
from arncnn.experiments.comparison.rows import ACTIVATION, of_group
from arncnn.experiments.reproduction.line import NO_INTERVAL, NOT_PRINTED, Line, decimals
from arncnn.formatting import counted


def losses(compared: Comparison) -> dict[str, list[tuple[float, ...]]]:
    """The training losses by epoch of every run, by the activation's title."""
    return {
        row.groups[ACTIVATION]: [run.losses for run in compared.of(row.key)]
        for row in of_group(ACTIVATION)
    }


def activation_lines(compared: Comparison) -> tuple[Line, ...]:
    """The training loss of the last epoch, mean of the seeds, and how it stands to GELU's."""
    return tuple(_line(compared, row.key, row.groups[ACTIVATION]) for row in of_group(ACTIVATION))


def _line(compared: Comparison, key: str, title: str) -> Line:
    runs = compared.of(key)
    if not runs:
        return Line(title, NOT_PRINTED, "not run in this budget", "", "")
    found = over_seeds(_last(runs))
    value, interval = (f"{_last(runs)[0]:.4f}", NO_INTERVAL) if found is None else decimals(found)
    stands = judge(compared, key, lambda run: run.losses[-1], is_lower_better=True)
    budget = compared.budget
    sample = f"{counted(len(runs), 'seed')} × {budget.images:,} images × {budget.epochs} epochs"
    return Line(title, NOT_PRINTED, f"{value}, {stands}", interval, sample)


def _last(runs: Sequence[RunResult]) -> np.ndarray:
    return np.array([run.losses[-1] for run in runs])
