"""Seeds: trainings that differ in their seed alone, measured side by side.

Where runs differ, one run's figure says little: each model of ``<folder>/*/model`` reads its own
test part and a folder of external scans.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from arncnn.errors import DataError
from arncnn.evaluation.external import external_report
from arncnn.evaluation.intervals import share
from arncnn.inference.reader import Reader
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.progress import Progress

OUTSIDE = ("macro_accuracy", "accepted_share", "ood_not_accepted_share")
COUNTED = ("accepted_wrong", "accepted_wrong_over_090", "wrong_over_090")


def report(runs: Path, external: Path, progress: Progress) -> dict[str, Any]:
    """The figures of each seed's model, and their lowest, mean and highest.

    Args:
        runs: holds one run a seed.
        external: ``in/<Class>/`` and ``ood/<kind>/``.
        progress: told which model reads.

    Returns:
        ``recipe``, its length and ``train_images``; ``seeds``, one object a model with its
        ``seed``, ``home`` (errors on its test part) and ``outside``; ``spread``, [lowest, mean,
        highest] of each figure of ``OUTSIDE`` and of each class's accuracy outside.

    Raises:
        DataError: there are fewer than two models, a seed twice, or other recipes or data.
        ModelError: a model was altered.
    """
    folders = sorted(path.parent for path in runs.glob("*/model/model.json"))
    bundles = [ModelBundle.open(folder) for folder in folders]
    _check(bundles)
    rows = []
    for number, bundle in enumerate(bundles):
        progress("model", number, len(bundles))
        rows.append(_row(bundle, external))
    first = bundles[0].metadata
    return {
        "recipe": first.recipe.name,
        "epochs": first.recipe.epochs,
        "train_images": first.data.train_images,
        "n": rows[0]["outside"]["n"],
        "seeds": sorted(rows, key=lambda row: row["seed"]),
        "spread": {
            **{name: _spread([row["outside"][name] for row in rows]) for name in OUTSIDE},
            "per_class": {
                label: _spread([row["outside"]["per_class"][label] for row in rows])
                for label in rows[0]["outside"]["per_class"]
            },
        },
    }


def _check(bundles: Sequence[ModelBundle]) -> None:
    if len(bundles) < 2:
        raise DataError(
            "The folder holds fewer than two trained models below */model. Train each with "
            "`python -m arncnn train --seed N --run FOLDER/N`."
        )
    first, *others = [(b.metadata.recipe, b.metadata.data, b.labels) for b in bundles]
    if any(other != first for other in others) or len({b.metadata.seed for b in bundles}) < len(
        bundles
    ):
        raise DataError(
            "The models in the folder must differ only in their seed, not in their recipe or data."
        )


def _row(bundle: ModelBundle, external: Path) -> dict[str, Any]:
    at_home = Predictions.of(bundle)
    wrong = int((~at_home.is_right).sum())
    outside = external_report(Reader.open(bundle.folder), external, lambda *_: None)
    return {
        "seed": bundle.metadata.seed,
        "home": {"errors": wrong, **share(wrong, len(at_home)).to_json()},
        "outside": {
            "n": outside["n"],
            **{name: outside[name] for name in (*OUTSIDE, *COUNTED)},
            "per_class": {label: row["accuracy"] for label, row in outside["per_class"].items()},
        },
        "model": vars(bundle.identity),
    }


def _spread(values: Sequence[float]) -> list[float]:
    return [min(values), float(np.mean(values)), max(values)]
