"""What refusing buys, and what prediction sets hold."""

from dataclasses import dataclass

import numpy as np

from arncnn.evaluation.intervals import Share, share


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """Error rate among the surest images, by how many are kept (Geifman and El-Yaniv 2017).

    Attributes:
        coverage: float64, (m,), share of images kept, ascending to 1.
        risk: float64, (m,), share of errors among them.
        threshold: float64, (m,), the smallest probability kept.
        aurc: mean risk over all numbers of kept images; smaller is better.
    """

    coverage: np.ndarray
    risk: np.ndarray
    threshold: np.ndarray
    aurc: float


@dataclass(frozen=True)
class SetSummary:
    """Prediction sets on images whose class is known.

    Attributes:
        coverage: share of sets that hold the true class.
        by_class: the same for each class.
        mean_size: mean number of classes in a set.
        sizes: how many sets have 0, 1, 2, ... classes.
    """

    coverage: Share
    by_class: tuple[Share, ...]
    mean_size: float
    sizes: tuple[int, ...]


def risk_coverage(probability: np.ndarray, correct: np.ndarray) -> RiskCoverage:
    """The curve, with a point wherever the threshold can stand.

    Images of equal probability are kept or dropped together; within such a group the area
    counts their errors evenly, so that no order of them is favoured.

    Args:
        probability: (n,), how sure each answer is.
        correct: bool, (n,).
    """
    order = np.argsort(-np.asarray(probability, np.float64), kind="stable")
    sorted_probability = np.asarray(probability, np.float64)[order]
    errors = np.cumsum(~np.asarray(correct, bool)[order])
    n = len(order)
    ends = np.flatnonzero(np.append(np.diff(sorted_probability) != 0, True))
    kept = ends + 1
    even = np.interp(np.arange(1, n + 1), np.append(0, kept), np.append(0, errors[ends]))
    return RiskCoverage(
        coverage=kept / n,
        risk=errors[ends] / kept,
        threshold=sorted_probability[ends],
        aurc=float(np.mean(even / np.arange(1, n + 1))),
    )


def set_summary(sets: np.ndarray, targets: np.ndarray) -> SetSummary:
    """Coverage and sizes.

    Args:
        sets: bool, (n, classes), which classes each set holds.
        targets: int, (n,), the true columns.
    """
    holds = sets[np.arange(len(targets)), targets]
    sizes = sets.sum(axis=1)
    return SetSummary(
        coverage=share(holds.sum(), len(targets)),
        by_class=tuple(
            share(holds[targets == k].sum(), int(np.sum(targets == k)))
            for k in range(sets.shape[1])
        ),
        mean_size=float(sizes.mean()),
        sizes=tuple(int(count) for count in np.bincount(sizes, minlength=sets.shape[1] + 1)),
    )
