"""Bootstrap intervals of statistics over images that have no closed form."""

from collections.abc import Callable
from typing import Any

import numpy as np

from arncnn.evaluation.intervals import LEVEL, Estimate

_RESAMPLES = 2000
_SEED = 0  # fixed: the same predictions, the same interval

Statistic = Callable[..., Any]


def bootstrapped(values: np.ndarray, statistic: Statistic, level: float = LEVEL) -> Estimate:
    """A statistic of one value an image, with its percentile interval.

    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Args:
        values: float, (n,), one an image; at least one.
        statistic: such as ``numpy.mean``; takes ``axis``.
        level: of the interval, 0 to 1.

    >>> bootstrapped(np.ones(9), np.mean)
    Estimate(value=1.0, lower=1.0, upper=1.0)
    """
    generator = np.random.default_rng(_SEED)
    exact = np.asarray(values, np.float64)
    drawn = exact[generator.integers(0, len(exact), (_RESAMPLES, len(exact)))]
    ends = np.quantile(statistic(drawn, axis=1), ((1 - level) / 2, (1 + level) / 2))
    return Estimate(float(statistic(exact, axis=0)), float(ends[0]), float(ends[1]))


def over_seeds(
    values: np.ndarray, level: float = LEVEL, *, most: float = np.inf
) -> Estimate | None:
    """The mean over trainings of different seeds with Student's interval; None for a single one.

    Args:
        values: float, (seeds,), at least 0.
        level: of the interval, 0 to 1.
        most: what such a value can be at most; the interval ends there and at 0.

    >>> over_seeds(np.array([1.0])) is None
    True
    """
    exact = np.asarray(values, np.float64)
    if len(exact) < 2:
        return None
    from scipy.stats import t  # slow to import: only where used

    mean = float(exact.mean())
    reach = float(t.ppf((1 + level) / 2, len(exact) - 1) * exact.std(ddof=1) / len(exact) ** 0.5)
    return Estimate(mean, max(0.0, mean - reach), min(most, mean + reach))
