"""Auroc: how well one figure tells two groups apart, with the interval of DeLong et al. 1988."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.stats import norm, rankdata

_LEVEL = 0.95


@dataclass(frozen=True)
class Auroc:
    """The chance that a value of the first group is the higher one; ties count half.

    Attributes:
        value: 0 to 1.
        lower: end of its 95% interval (DeLong et al. 1988), 0 to 1.
        upper: the other end.
    """

    value: float
    lower: float
    upper: float

    @classmethod
    def of(cls, first: np.ndarray, second: np.ndarray) -> Self:
        """Of two groups of values, (n,) and (m,); a group of one has no spread of its own."""
        n, m = len(first), len(second)
        ranks = rankdata(np.concatenate([first, second]))
        above = (ranks[:n] - rankdata(first)) / m  # of each of the first, the second below it
        below = 1 - (ranks[n:] - rankdata(second)) / n
        value = float(above.mean())
        spread = float(np.sqrt(_variance(above) / n + _variance(below) / m))
        width = float(norm.ppf((1 + _LEVEL) / 2)) * spread
        return cls(value, max(0.0, value - width), min(1.0, value + width))

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends."""
        return self.lower, self.upper


def _variance(values: np.ndarray) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0
