"""Results: what the comparison found, as one JSON file that grows run by run."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from arncnn import config
from arncnn.errors import DataError
from arncnn.experiments.comparison.budget import Budget
from arncnn.experiments.comparison.rows import REFERENCE

STORED = config.ASSETS / "comparison.json"
STORED_FULL = config.ASSETS / "comparison-full.json"
"""Rows trained on all training images; the other file is the small budget with its seeds."""

SEEDS_NEEDED = 3
CONVERGED = 99.0  # percent of validation accuracy; what "epochs to" counts to
LEARNED = 50.0  # percent that some run must validate with, else the budget was too small
NOT_AFFORDED = "not feasible within this budget"
UNMEASURED = "not measured"


@dataclass(frozen=True)
class RunResult:
    """One row with one seed; baselines have neither training nor seed (seed 0).

    Attributes:
        key: of the row.
        seed: of the training.
        n: test images.
        errors: of them, how many are wrong.
        log_loss: on them, nats; None where there are no probabilities.
        corruption_accuracy: mean over families and strengths, 0 to 1; None when not measured.
        external_accuracy: mean over the classes of an external folder; None likewise.
        losses: training loss by epoch.
        validation_accuracy: by epoch, percent.
        parameters: number of weights.
        milliseconds: the fastest of many passes of one scan through the compiled network.
        training_core_s: seconds of all epochs, summed over the cores at work; unlike time on
            the wall it is the same beside other work.
        precision: Keras's policy in training.
        failed: why there is no result; None otherwise.
    """

    key: str
    seed: int
    n: int = 0
    errors: int = 0
    log_loss: float | None = None
    corruption_accuracy: float | None = None
    external_accuracy: float | None = None
    losses: tuple[float, ...] = ()
    validation_accuracy: tuple[float, ...] = ()
    parameters: int | None = None
    milliseconds: float | None = None
    training_core_s: float | None = None
    precision: str | None = None
    failed: str | None = None

    @property
    def accuracy(self) -> float:
        """Share right, 0 to 1; nan for a run that failed."""
        return 1 - self.errors / self.n if self.n else float("nan")

    @property
    def has_learned(self) -> bool:
        """Whether some epoch validated well above chance."""
        return max(self.validation_accuracy, default=100.0) >= LEARNED

    @property
    def epochs_to_converge(self) -> int | None:
        """The first epoch with at least 99% validation accuracy; None when none had it."""
        for epoch, accuracy in enumerate(self.validation_accuracy, 1):
            if accuracy >= CONVERGED:
                return epoch
        return None


@dataclass(frozen=True)
class Comparison:
    """All runs so far.

    Attributes:
        budget: they were given.
        data_sha256: the data set.
        split_sha256: its split.
        test_images: of the split.
        external_images: of the external folder; 0 when none was given.
        runs: in the order they were made.
    """

    budget: Budget
    data_sha256: str
    split_sha256: str
    test_images: int
    external_images: int = 0
    runs: tuple[RunResult, ...] = field(default=())

    def of(self, key: str) -> tuple[RunResult, ...]:
        """The runs of a row that gave a result."""
        return tuple(run for run in self.runs if run.key == key and run.failed is None)

    def failure(self, key: str) -> str | None:
        """Why a row has no result, when it was tried."""
        return next((run.failed for run in self.runs if run.key == key and run.failed), None)

    @property
    def core_minutes(self) -> float:
        """What all trainings cost, as far as it was counted."""
        return sum(run.training_core_s or 0 for run in self.runs) / 60

    @property
    def precisions(self) -> tuple[str, ...]:
        """Keras's policies that the runs were trained with."""
        return tuple(sorted({run.precision for run in self.runs if run.precision}))

    def has(self, key: str, seed: int) -> bool:
        """Whether that run was made."""
        return any(run.key == key and run.seed == seed for run in self.runs)

    def with_run(self, run: RunResult) -> "Comparison":
        """This comparison with one run more."""
        return replace(self, runs=(*self.runs, run))

    def to_json(self) -> dict[str, Any]:
        """Plain values that ``from_json`` reads back."""
        return asdict(self)


def from_json(values: dict[str, Any]) -> Comparison:
    """The inverse of ``to_json``.

    Raises:
        DataError: it is no comparison, or one of another version.
    """
    try:
        runs = tuple(
            RunResult(
                **{
                    **run,
                    "losses": tuple(run["losses"]),
                    "validation_accuracy": tuple(run["validation_accuracy"]),
                }
            )
            for run in values["runs"]
        )
        return Comparison(**{**values, "budget": Budget(**values["budget"]), "runs": runs})
    except (KeyError, TypeError) as error:
        raise DataError("The stored comparison cannot be read; run it again.") from error


def load(path: Path = STORED) -> Comparison | None:
    """The stored comparison, or None when there is none.

    Raises:
        DataError: the file is damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        values = json.loads(text)
    except ValueError as error:
        raise DataError("The stored comparison is damaged; run it again.") from error
    return from_json(values)


def judge(
    comparison: Comparison,
    key: str,
    of: Callable[[RunResult], float | None] = lambda run: run.accuracy,
    *,
    is_lower_better: bool = False,
) -> str:
    """How a row stands to the ARN-CNN in one quantity, in words.

    Two rows differ when every run of one is better than every run of the other; with three
    runs each that happens by chance in one of ten comparisons of equal networks. A row that no
    run has taught anything it can use on other images says so: its figures are the budget's.

    Args:
        comparison: with the row's runs and the reference's.
        key: of the row.
        of: gives the quantity for one run, or None where it was not measured.
        is_lower_better: for losses and times.
    """
    if key == REFERENCE and comparison.of(key):
        return "reference"
    if not comparison.of(key):
        return "failed" if comparison.failure(key) else "not run"
    if not any(run.has_learned for run in comparison.of(key)):
        return NOT_AFFORDED
    ours, reference = (_known(comparison.of(row), of) for row in (key, REFERENCE))
    if not ours:
        return UNMEASURED
    if min(len(ours), len(reference)) < SEEDS_NEEDED:
        return "not distinguishable: too few seeds"
    above, below = "better in every run", "worse in every run"
    if is_lower_better:
        above, below = below, above
    if min(ours) > max(reference):
        return above
    if max(ours) < min(reference):
        return below
    return "not distinguishable"


def _known(runs: Sequence[RunResult], of: Callable[[RunResult], float | None]) -> tuple[float, ...]:
    return tuple(value for value in map(of, runs) if value is not None)


def chance_of_separation(one: int, other: int) -> float:
    """How often equal rows of so many runs would differ in the sense of ``judge``.

    >>> chance_of_separation(3, 3)
    0.1
    """
    return 2 / math.comb(one + other, one)


def mean(values: Sequence[float | int | None]) -> float | None:
    """The mean of what was measured, or None when nothing was."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
