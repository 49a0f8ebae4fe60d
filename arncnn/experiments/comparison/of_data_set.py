"""Baselines of any data set, worked out once and kept beside its pack."""

import json
from pathlib import Path

from arncnn import config
from arncnn.data import Dataset, splits
from arncnn.errors import DataError
from arncnn.experiments.comparison.baselines import BASELINES, run_baseline
from arncnn.experiments.comparison.result import RunResult
from arncnn.files import write_durably

_CORRUPTED_IMAGES = 20  # as quick as it is rough; the stored comparison has hundreds


def baselines(sha256: str) -> tuple[RunResult, ...]:
    """The baselines of the data set of that sum, or none before they were worked out."""
    try:
        stored = json.loads(_file(sha256).read_text(encoding="utf-8"))
        return tuple(RunResult(row["key"], 0, row["n"], row["errors"]) for row in stored)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def work_out(dataset: Dataset) -> tuple[RunResult, ...]:
    """Run the baselines on the paper's split of a data set and keep what they get right.

    Raises:
        DataError: there are too few images, or the disk is full.
    """
    split = splits.paper(dataset)
    found = tuple(run_baseline(key, dataset, split, _CORRUPTED_IMAGES) for key in BASELINES)
    rows = [{"key": run.key, "n": run.n, "errors": run.errors} for run in found]
    try:
        write_durably(_file(dataset.sha256), json.dumps(rows).encode())
    except OSError as error:
        raise DataError(f"The baselines could not be kept ({error.strerror}).") from error
    return found


def _file(sha256: str) -> Path:
    return config.folder_at_home("data/baselines") / f"{sha256}.json"
