"""How well a novelty score tells unknown kinds of scan from known ones.

The leave-one-class-out benchmark trains without one class and asks whether that class's
images score higher than the known classes' test images. High scores mean novel.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arncnn.errors import DataError

TRUE_POSITIVE_RATE = 0.95


@dataclass(frozen=True)
class NoveltyResult:
    """One class left out.

    Attributes:
        left_out: the class that training never saw.
        auroc: chance that an unknown image scores over a known one; ties count half.
        false_positive_rate: share of unknown images that pass as known when the threshold
            lets 95 % of the known ones pass.
        known: number of known images.
        unknown: number of unknown ones.
    """

    left_out: str
    auroc: float
    false_positive_rate: float
    known: int
    unknown: int


def auroc(known: np.ndarray, unknown: np.ndarray) -> float:
    """Area under the ROC curve, as the Mann-Whitney statistic; ties count half.

    >>> auroc(np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    0.875
    """
    _require(known, unknown)
    ordered = np.sort(known)
    below = np.searchsorted(ordered, unknown, side="left")
    up_to = np.searchsorted(ordered, unknown, side="right")
    return float(np.mean(below + up_to) / (2 * len(ordered)))


def fpr_at_tpr(known: np.ndarray, unknown: np.ndarray, rate: float = TRUE_POSITIVE_RATE) -> float:
    """Share of unknown images accepted when at least ``rate`` of the known ones are.

    Known is the positive class, as in the literature on out-of-distribution detection
    (Hendrycks and Gimpel 2017).
    """
    _require(known, unknown)
    needed = int(np.ceil(rate * len(known) - 1e-9))
    threshold = np.sort(known)[needed - 1]
    return float(np.mean(unknown <= threshold))


def evaluate(left_out: str, known: np.ndarray, unknown: np.ndarray) -> NoveltyResult:
    """Both figures for one class left out.

    Args:
        left_out: the class.
        known: (n,), scores of test images of the trained classes.
        unknown: (m,), scores of the left-out class's images.
    """
    return NoveltyResult(
        left_out, auroc(known, unknown), fpr_at_tpr(known, unknown), len(known), len(unknown)
    )


def report(results: Mapping[str, NoveltyResult]) -> dict[str, object]:
    """``mean_auroc``, ``mean_fpr_at_95_tpr`` and each class, as plain values."""
    rows = list(results.values())
    return {
        "mean_auroc": float(np.mean([row.auroc for row in rows])),
        "mean_fpr_at_95_tpr": float(np.mean([row.false_positive_rate for row in rows])),
        "per_class": {
            row.left_out: {
                "auroc": row.auroc,
                "fpr_at_95_tpr": row.false_positive_rate,
                "known": row.known,
                "unknown": row.unknown,
            }
            for row in rows
        },
    }


def _require(known: np.ndarray, unknown: np.ndarray) -> None:
    if len(known) == 0 or len(unknown) == 0:
        raise DataError("The novelty benchmark needs known and unknown images; one side is empty.")
