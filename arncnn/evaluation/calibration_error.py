"""How honest the probabilities are: Brier score and calibration errors."""

from dataclasses import dataclass

import numpy as np

BINS = 15  # Guo et al. 2017


@dataclass(frozen=True, eq=False)
class Reliability:
    """What a reliability diagram shows; empty bins are left out.

    Attributes:
        lower: float64, (bins,), lower ends of the bins.
        upper: float64, (bins,), upper ends.
        probability: float64, (bins,), mean predicted probability.
        accuracy: float64, (bins,), share of right predictions.
        n: int64, (bins,), images in the bin.
    """

    lower: np.ndarray
    upper: np.ndarray
    probability: np.ndarray
    accuracy: np.ndarray
    n: np.ndarray

    @property
    def error(self) -> float:
        """Mean gap between probability and accuracy, weighted by n: the calibration error."""
        gaps = np.abs(self.accuracy - self.probability)
        return float(np.sum(self.n * gaps) / np.sum(self.n))


def brier(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """Mean squared distance to the one-hot truth, 0 to 2 (Brier 1950, all classes summed)."""
    errors = np.array(probabilities, np.float64)
    errors[np.arange(len(targets)), targets] -= 1
    return float(np.mean(np.sum(errors**2, axis=1)))


def reliability(probability: np.ndarray, correct: np.ndarray, bins: int = BINS) -> Reliability:
    """Equal-width bins over 0 to 1.

    Args:
        probability: (n,), predicted probability of the event.
        correct: bool, (n,), whether it happened.
        bins: how many.
    """
    edges = np.linspace(0, 1, bins + 1)
    # Bins are (lower, upper], the first holds 0 too.
    index = np.clip(np.searchsorted(edges, probability, side="left") - 1, 0, bins - 1)
    return _binned(probability, correct, index, edges[:-1], edges[1:])


def adaptive_reliability(
    probability: np.ndarray, correct: np.ndarray, bins: int = BINS
) -> Reliability:
    """Bins of equal count, for probabilities that crowd at 1 (Nixon et al. 2019)."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    index = np.empty(len(probability), np.int64)
    for number, part in enumerate(parts):
        index[part] = number
    lower = np.array([probability[part].min() for part in parts])
    upper = np.array([probability[part].max() for part in parts])
    return _binned(probability, correct, index, lower, upper)


def ece(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error of the top class (Naeini et al. 2015)."""
    return reliability(*_top(probabilities, targets), bins).error


def adaptive_ece(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error of the top class over bins of equal count."""
    return adaptive_reliability(*_top(probabilities, targets), bins).error


def classwise_ece(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> float:
    """Mean over the classes of each class's own calibration error (Kull et al. 2019)."""
    columns = range(probabilities.shape[1])
    errors = [reliability(probabilities[:, k], targets == k, bins).error for k in columns]
    return float(np.mean(errors))


def _top(probabilities: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == targets


def _binned(
    probability: np.ndarray,
    correct: np.ndarray,
    index: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
) -> Reliability:
    n = np.bincount(index, minlength=len(lower))
    kept = n > 0
    sums = np.bincount(index, weights=np.asarray(probability, np.float64), minlength=len(lower))
    hits = np.bincount(index, weights=np.asarray(correct, np.float64), minlength=len(lower))
    return Reliability(
        lower[kept], upper[kept], sums[kept] / n[kept], hits[kept] / n[kept], n[kept]
    )
