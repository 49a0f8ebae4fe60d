"""How well a novelty score tells unknown kinds of scan from known ones.

The leave-one-class-out benchmark trains without one class and asks whether that class's
images score higher than the known classes' test images. High scores mean novel.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from arncnn.errors import DataError
from arncnn.evaluation.auroc import Auroc

TRUE_POSITIVE_RATE = 0.95


@dataclass(frozen=True)
class NoveltyResult:
    """One class left out.

    Attributes:
        auroc: chance that an unknown image scores over a known one; ties count half.
        fpr_at_95_tpr: share of unknown images that pass as known when the threshold
            lets 95% of the known ones pass.
        known: number of known images.
        unknown: number of unknown ones.
        auroc_interval: 95% (DeLong et al. 1988); None in a report stored before there was one.
    """

    auroc: float
    fpr_at_95_tpr: float
    known: int
    unknown: int
    auroc_interval: tuple[float, float] | None = None


def evaluate(known: np.ndarray, unknown: np.ndarray) -> NoveltyResult:
    """Both figures for one class left out.

    Args:
        known: (n,), scores of test images of the trained classes.
        unknown: (m,), scores of the left-out class's images.

    Raises:
        DataError: one side is empty.
    """
    if len(known) == 0 or len(unknown) == 0:
        raise DataError("The novelty benchmark needs known and unknown images; one side is empty.")
    auroc = Auroc.of(unknown, known)
    rate = fpr_at_tpr(known, unknown)
    return NoveltyResult(auroc.value, rate, len(known), len(unknown), auroc.interval)


def fpr_at_tpr(known: np.ndarray, unknown: np.ndarray, rate: float = TRUE_POSITIVE_RATE) -> float:
    """Share of unknown images accepted when at least ``rate`` of the known ones are.

    Known is the positive class, as in the literature on out-of-distribution detection
    (Hendrycks and Gimpel 2017).
    """
    needed = int(np.ceil(rate * len(known) - 1e-9))
    return float(np.mean(unknown <= np.sort(known)[needed - 1]))


def report(results: Mapping[str, NoveltyResult]) -> dict[str, Any]:
    """``mean_auroc``, ``mean_fpr_at_95_tpr`` and each class left out, as plain values."""
    rows = results.values()
    return {
        "mean_auroc": float(np.mean([row.auroc for row in rows])),
        "mean_fpr_at_95_tpr": float(np.mean([row.fpr_at_95_tpr for row in rows])),
        "per_class": {
            label: {name: value for name, value in asdict(row).items() if value is not None}
            for label, row in results.items()
        },
    }
