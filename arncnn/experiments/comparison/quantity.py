"""Quantities: what rows are compared by, how it is written, and which way is better."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from arncnn.experiments.comparison.result import UNMEASURED, Comparison, RunResult, judge, mean
from arncnn.experiments.comparison.rows import Row
from arncnn.formatting import printed, share, span

NEVER = "never"


@dataclass(frozen=True)
class Quantity:
    """What rows can be compared by.

    Attributes:
        title: what a person reads, with its unit.
        head: the same above a narrow column.
        of: gives it for one run, or None where it was not measured.
        paper: the attribute of the paper's row that stands beside it.
        decimals: of its percentages; None where it is no share.
        form: how a number that is no share is written.
        is_lower_better: for losses and times.
        is_cost: a time, which says nothing of how good a row is.
        missing: what it means that a training has no value.
    """

    title: str
    head: str
    of: Callable[[RunResult], float | None]
    paper: str | None = None
    decimals: int | None = None
    form: str = ".1f"
    is_lower_better: bool = False
    is_cost: bool = False
    missing: str = UNMEASURED

    def judged(self, compared: Comparison, key: str) -> str:
        """How a row stands to the ARN-CNN in this, in words."""
        return judge(compared, key, self._or_never, is_lower_better=self.is_lower_better)

    def cited(self, row: Row) -> float | None:
        """The paper's figure for a row."""
        return getattr(row.paper, self.paper) if row.paper and self.paper else None

    def written(self, value: float) -> str:
        """One value of ours."""
        return f"{value:{self.form}}" if self.decimals is None else share(value, self.decimals)

    def printed(self, value: float) -> str:
        """One value of the paper's, with the paper's digits."""
        return f"{value:g}" if self.decimals is None else printed(value)

    def mean(self, runs: Sequence[RunResult]) -> str:
        """The mean of the runs; empty where nothing was measured."""
        values = [self.of(run) for run in runs]
        found = mean(values)
        if self.missing == NEVER and (lacking := values.count(None)):
            return NEVER if lacking == len(runs) else f"{NEVER} in {lacking}"
        return "" if found is None else self.written(found)

    def spread(self, runs: Sequence[RunResult]) -> str:
        """The mean with the least and the greatest run; or every run, where one has none."""
        values = [self.of(run) for run in runs]
        known = [value for value in values if value is not None]
        if self.missing == NEVER:
            return ", ".join(NEVER if value is None else f"{value:g}" for value in values)
        if len(known) < 2:
            return self.mean(runs)
        low, high = min(known), max(known)
        if self.decimals is None:
            return f"{self.mean(runs)} ({self.written(low)} to {self.written(high)})"
        return f"{self.mean(runs)} ({span(low, high, self.decimals)})"

    def _or_never(self, run: RunResult) -> float | None:
        """For judging: a run that never got there is worse than any that did."""
        value = self.of(run)
        return math.inf if value is None and self.missing == NEVER else value


ACCURACY = Quantity("Accuracy", "Accuracy", lambda run: run.accuracy, "accuracy", decimals=2)
QUANTITIES = {
    quantity.title: quantity
    for quantity in (
        ACCURACY,
        Quantity(
            "Log loss, nat",
            "Log loss",
            lambda run: run.log_loss,
            "loss",
            form=".4f",
            is_lower_better=True,
        ),
        # The next two are of some sixty images each: a second decimal would say nothing.
        Quantity(
            "Accuracy under corruptions",
            "Corrupted",
            lambda run: run.corruption_accuracy,
            decimals=1,
        ),
        Quantity(
            "Accuracy on external scans",
            "External",
            lambda run: run.external_accuracy,
            decimals=1,
        ),
        Quantity(
            "Epochs to 99% validation accuracy",
            "To 99%",
            lambda run: run.epochs_to_converge,
            is_lower_better=True,
            missing=NEVER,
        ),
        Quantity(
            "Time per scan, ms",
            "Scan, ms",
            lambda run: run.milliseconds,
            is_lower_better=True,
            is_cost=True,
        ),
        Quantity(
            "Training time, core-seconds",
            "Training, core-s",
            lambda run: run.training_core_s,
            form=",.0f",
            is_lower_better=True,
            is_cost=True,
        ),
    )
}
