"""External scans of a folder, and how often a row of the comparison is right on them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arncnn.errors import DataError, IntakeError
from arncnn.evaluation.external import files
from arncnn.inference import view_fusion
from arncnn.preprocess import model_input

Votes = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class ExternalScan:
    """An external scan: its views, float32 (views, 64, 64, 1), and its true column."""

    images: np.ndarray
    target: int


def read(folder: Path, labels: Sequence[str]) -> list[ExternalScan]:
    """The scans below ``in/<Class>/``; files that cannot be read are left out for every row.

    Args:
        folder: holds ``in/<Class>/``.
        labels: the class of each column.

    Raises:
        DataError: none can be read.
    """
    column, scans = {label: target for target, label in enumerate(labels)}, []
    for group, kind, item in files(folder):
        if group == "in" and kind in column:
            with suppress(IntakeError):
                scans.append(ExternalScan(model_input(item.open()).images, column[kind]))
    if not scans:
        raise DataError("The external folder holds no readable scan below in/<Class>/.")
    return scans


def accuracy(scans: Sequence[ExternalScan], votes: Votes) -> float | None:
    """Mean over the classes, 0 to 1; None without scans. The views of a CT vote alike.

    Args:
        scans: from ``read``.
        votes: from float32 (n, 64, 64, 1) views, 0 to 1, to each view's vote for every class,
            (n, classes).
    """
    if not scans:
        return None
    cast = np.asarray(votes(np.concatenate([scan.images for scan in scans])))
    right: dict[int, list[bool]] = {}
    start = 0
    for scan in scans:
        seen = cast[start : start + len(scan.images)]
        start += len(scan.images)
        voted = view_fusion.combine(seen, view_fusion.weights(None, len(seen)))
        right.setdefault(scan.target, []).append(int(voted.argmax()) == scan.target)
    return float(np.mean([np.mean(found) for found in right.values()]))
