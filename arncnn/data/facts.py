"""Facts: what is to be known of a data set before a model trained on it is believed."""

import json
from pathlib import Path
from typing import Any

from arncnn import config
from arncnn.data import Dataset, background_grey, duplicates, mednist, splits, worked_out
from arncnn.data.anatomy import Anatomy
from arncnn.progress import Progress

STORED = config.ASSETS / "data_set.json"
"""The facts of Medical MNIST: ``python -m arncnn data show --out assets/data_set.json``."""
_KEPT = "facts"  # of other data sets, below the folder of packs


def summary(dataset: Dataset) -> dict[str, Any]:
    """Identity, class frequencies, and the files that were left out, where there are any."""
    left_out = [{"file": path, "reason": reason} for path, reason in dataset.left_out]
    return {
        "sha256": dataset.sha256,
        "is_medical_mnist": mednist.is_medical_mnist(dataset),
        "images": len(dataset),
        "classes": dataset.counts(),
        **({"left_out": left_out} if left_out else {}),
    }


def gather(dataset: Dataset, progress: Progress | None = None) -> dict[str, Any]:
    """Frequencies, copies, near-twins, splits, background grey, anatomy, as one JSON object.

    The first call searches near-twins, which takes minutes; they are kept beside the data.
    """
    return {
        **summary(dataset),
        **_duplicates(dataset, progress),
        **_splits(dataset, progress),
        "corner_median": background_grey.histograms(dataset),
        "anatomy": Anatomy.of(dataset).counts(dataset),
    }


def stored(path: Path = STORED) -> dict[str, Any] | None:
    """The facts bundled with this version, or None when there are none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def of(sha256: str) -> dict[str, Any] | None:
    """The facts of the data set of that sum: bundled, or worked out here before; else None."""
    bundled = stored()
    if bundled is not None and bundled.get("sha256") == sha256:
        return bundled
    found: dict[str, Any] | None = worked_out.load(_KEPT, sha256)
    return found if isinstance(found, dict) and found.get("sha256") == sha256 else None


def work_out(dataset: Dataset, progress: Progress | None = None) -> dict[str, Any]:
    """Gather the facts and keep them for ``of``.

    Raises:
        DataError: there are too few images, or the disk is full.
    """
    found = gather(dataset, progress)
    worked_out.keep(_KEPT, dataset.sha256, found)
    return found


def _duplicates(dataset: Dataset, progress: Progress | None) -> dict[str, Any]:
    identical = duplicates.identical_groups(dataset)
    involved = [index for group in identical for index in group]
    return {
        "identical": {
            "groups": len(identical),
            "images": len(involved),
            "largest": max(map(len, identical), default=0),
            "classes": dataset.counts(involved),
        },
        "near_twin_pairs": len(duplicates.near_twins(dataset, progress)),
    }


def _splits(dataset: Dataset, progress: Progress | None) -> dict[str, Any]:
    paper = splits.paper(dataset)
    grouped = splits.grouped(dataset, progress=progress)
    twins = duplicates.with_twin_in(dataset, paper.test, paper.train)
    shares = {
        label: twins_of / count if count else None
        for (label, count), twins_of in zip(
            dataset.counts(paper.test).items(), dataset.counts(twins).values(), strict=True
        )
    }
    parts = ("train", "validation", "test")
    return {
        "splits": {
            "paper": {
                **{part: len(getattr(paper, part)) for part in parts},
                "classes": {part: dataset.counts(getattr(paper, part)) for part in parts},
                "sha256": paper.sha256,
                "test_images_with_near_twin_in_train": shares,
            },
            grouped.name: {
                "folds": [len(fold) for fold in grouped.folds],
                "calibration": len(grouped.calibration),
                "validation": len(grouped.validation),
                "copies_left_out": len(grouped.copies),
                "test_images_with_near_twin_in_train": _twins_across(dataset, grouped),
                "sha256": grouped.sha256,
            },
        }
    }


def _twins_across(dataset: Dataset, grouped: splits.GroupedSplit) -> int:
    """Test images with a near-twin in the training part of their own fold: none, as promised."""
    folds = [grouped.fold(number) for number in range(len(grouped.folds))]
    return sum(len(duplicates.with_twin_in(dataset, fold.test, fold.train)) for fold in folds)
