"""Folds: what a recipe's trainings, one a fold, said of images that none of their twins taught.

``train --fold I --folds K`` tests on fold I of the grouped split and learns from the others, so
each image is answered by a model that saw neither it nor a near-twin of it. The images that
calibrate and those that training watches are the same for all folds and in none of them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from arncnn.errors import DataError
from arncnn.evaluation.intervals import share
from arncnn.evaluation.report import calibration_report, classification_report
from arncnn.models import predictions, training_history
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions


def report(folder: Path) -> dict[str, Any]:
    """Out-of-fold figures of the models in ``<folder>/*/model``, as one JSON object.

    Args:
        folder: holds one run a fold.

    Returns:
        What ``classification_report`` gives of all folds together; ``calibration``,
        ``accepted``, ``accepted_wrong``, ``wrong`` (the images that were taken for another class)
        and ``folds``, one object a fold.

    Raises:
        DataError: folds are missing, there twice, or of different recipes or data.
        ModelError: a model was altered.
    """
    bundles = _in_order([ModelBundle.open(path.parent) for path in _descriptions(folder)])
    found = [Predictions.of(bundle) for bundle in bundles]
    first = bundles[0]
    targets = np.concatenate([fold.target for fold in found])
    # Each fold's own temperature: the logarithms of its calibrated probabilities are the logits.
    logits = np.concatenate([fold.logits / fold.temperature for fold in found])
    kept = [
        predictions.needs_no_review(bundle, fold)
        for bundle, fold in zip(bundles, found, strict=True)
    ]
    whole = classification_report(logits, targets, first.labels)
    return {
        **whole,
        "calibration": calibration_report(logits, targets),
        "accepted": sum(int(fold.sum()) for fold in kept),
        "accepted_wrong": sum(
            int((accepted & ~fold.is_right).sum())
            for accepted, fold in zip(kept, found, strict=True)
        ),
        "wrong": [row for fold in found for row in _wrong(fold)],
        "folds": [_fold(bundle, fold) for bundle, fold in zip(bundles, found, strict=True)],
        "labels": list(first.labels),
        "recipe": first.metadata.recipe.to_json(),
    }


def name(folds: int, number: int) -> str:
    """The name of a fold's split, as ``splits.GroupedSplit.fold`` gives it."""
    return f"grouped-{folds}-fold-{number}"


def _descriptions(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*/model/model.json"))
    if not found:
        raise DataError(
            "The folder holds no finished fold below */model. Train each with "
            "`python -m arncnn train --fold I --folds K --run FOLDER/I`."
        )
    return found


def _in_order(bundles: Sequence[ModelBundle]) -> list[ModelBundle]:
    by_split = {bundle.metadata.data.split: bundle for bundle in bundles}
    prefix, _, number = next(iter(by_split)).rpartition("-fold-")
    _, _, count = prefix.rpartition("-")
    if not (number.isdigit() and count.isdigit()):
        raise DataError(
            f"A model in the folder was tested on the split {next(iter(by_split))!r}, not "
            "on a grouped fold. Keep the runs of the folds in a separate folder."
        )
    wanted = [name(int(count), place) for place in range(int(count))]
    missing = [split for split in wanted if split not in by_split]
    if missing:
        raise DataError(f"Not trained yet: {', '.join(missing)}.")
    of_one = {(b.metadata.recipe, b.metadata.data.sha256, b.labels) for b in bundles}
    if len(bundles) != len(wanted) or set(by_split) != set(wanted) or len(of_one) > 1:
        raise DataError(
            "The folder holds a fold twice, or folds of different recipes or data sets; "
            "they cannot be combined."
        )
    return [by_split[split] for split in wanted]


def _wrong(fold: Predictions) -> list[dict[str, Any]]:
    predicted, probabilities = fold.predicted, fold.probabilities.max(axis=1)
    return [
        {
            "index": int(fold.index[row]),
            "true": fold.labels[fold.target[row]],
            "predicted": fold.labels[predicted[row]],
            "probability": float(probabilities[row]),
        }
        for row in np.flatnonzero(~fold.is_right)
    ]


def _fold(bundle: ModelBundle, fold: Predictions) -> dict[str, Any]:
    return {
        "model": bundle.identity.id,
        "split": bundle.metadata.data.split,
        "n": len(fold),
        "errors": int((~fold.is_right).sum()),
        **share(int(fold.is_right.sum()), len(fold)).named("accuracy"),
        "train_images": bundle.metadata.data.train_images,
        "epochs": len(training_history.load(bundle)),
        "seed": bundle.metadata.seed,
    }
