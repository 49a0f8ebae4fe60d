"""From which probability an answer may go without a person's look.

The threshold is the lowest of a fixed list at which the error rate among the accepted
answers is under a promised risk, with a stated confidence. The list is walked from its strictest
end and the walk stops at the first failure, so no correction for trying several is due
(fixed-sequence testing; Angelopoulos et al. 2021, "Learn then Test"; the risk is that of
selective classification, Geifman and El-Yaniv 2017).
"""

import numpy as np
from scipy.stats import beta

RISK = 0.005  # of the accepted answers at most one in 200 wrong
CONFIDENCE = 0.95
GRID = (0.999, 0.995, 0.99, 0.98, 0.95, 0.9)


def threshold(
    probability: np.ndarray,
    right: np.ndarray,
    *,
    risk: float = RISK,
    confidence: float = CONFIDENCE,
) -> float:
    """The lowest probability of ``GRID`` from which answers may be accepted.

    Args:
        probability: float, (n,), calibrated probability of the likeliest class, of images that
            training neither saw nor watched.
        right: bool, (n,), whether that class is the true one.
        risk: the error rate among the accepted that is promised, 0 to 1.
        confidence: that the promise holds, 0 to 1.

    Returns:
        One of ``GRID``; the strictest one when the images do not bear out any.
    """
    chosen = GRID[0]
    for candidate in GRID:
        accepted = probability >= candidate
        wrong = int(np.count_nonzero(accepted & ~right))
        if _upper_bound(wrong, int(np.count_nonzero(accepted)), confidence) > risk:
            break
        chosen = candidate
    return chosen


def _upper_bound(wrong: int, n: int, confidence: float) -> float:
    """One-sided upper Clopper-Pearson bound of an error rate."""
    return 1.0 if wrong == n else float(beta.ppf(confidence, wrong + 1, n - wrong))
