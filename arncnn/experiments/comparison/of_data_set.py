"""Baselines of any data set, worked out once and kept beside its pack."""

from arncnn.data import Dataset, splits, worked_out
from arncnn.experiments.comparison.baselines import BASELINES, run_baseline
from arncnn.experiments.comparison.result import RunResult

_KEPT = "baselines"  # below the folder of packs
_CORRUPTED_IMAGES = 20  # as quick as it is rough; the stored comparison has hundreds


def baselines(sha256: str) -> tuple[RunResult, ...]:
    """The baselines of the data set of that sum, or none before they were worked out."""
    try:
        stored = worked_out.load(_KEPT, sha256) or ()
        return tuple(RunResult(row["key"], 0, row["n"], row["errors"]) for row in stored)
    except (KeyError, TypeError):
        return ()


def work_out(dataset: Dataset) -> tuple[RunResult, ...]:
    """Run the baselines on the paper's split of a data set and keep what they get right.

    Raises:
        DataError: there are too few images, or the disk is full.
    """
    split = splits.paper(dataset)
    found = tuple(run_baseline(key, dataset, split, _CORRUPTED_IMAGES) for key in BASELINES)
    rows = [{"key": run.key, "n": run.n, "errors": run.errors} for run in found]
    worked_out.keep(_KEPT, dataset.sha256, rows)
    return found
