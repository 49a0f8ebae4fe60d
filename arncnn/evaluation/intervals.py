"""Intervals for shares: a figure without its n and interval says little."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

LEVEL = 0.95
_DRAWS = 4000  # from the classes' posteriors


@dataclass(frozen=True)
class Share:
    """A share and how well it is known.

    Attributes:
        hits: how many.
        n: of how many.
        value: hits / n, 0 to 1; nan when n is 0.
        lower: lower end of the interval.
        upper: upper end.
    """

    hits: int
    n: int
    value: float
    lower: float
    upper: float

    def to_json(self) -> dict[str, Any]:
        """The share as plain values; null where there was nothing to count."""
        return {
            "value": self.value if self.n else None,
            "interval": [self.lower, self.upper],
            "hits": self.hits,
            "n": self.n,
        }

    def named(self, name: str) -> dict[str, Any]:
        """The value under a name, and the interval under ``<name>_interval``; null as above."""
        plain = self.to_json()
        return {name: plain["value"], f"{name}_interval": plain["interval"]}


@dataclass(frozen=True)
class Estimate:
    """A figure and the interval it lies in."""

    value: float
    lower: float
    upper: float


def proportion_interval(
    hits: int, n: int, method: Literal["exact", "wilson"] = "exact", level: float = LEVEL
) -> tuple[float, float]:
    """The interval of a share as SciPy computes it; (0, 1) when n is 0.

    Args:
        hits: how many.
        n: of how many.
        method: "exact" (Clopper and Pearson 1934) or "wilson", the score interval (Wilson 1927).
        level: of the interval, 0 to 1.

    >>> [round(end, 4) for end in proportion_interval(2358, 2359)]
    [0.9976, 1.0]
    >>> [round(end, 3) for end in proportion_interval(0, 10, "wilson")]
    [0.0, 0.278]
    """
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest  # slow to import: only where used

    found = binomtest(hits, n).proportion_ci(level, method)
    return float(found.low), float(found.high)


def share(hits: int, n: int, level: float = LEVEL) -> Share:
    """A share with its exact interval."""
    value = hits / n if n else float("nan")
    return Share(int(hits), int(n), value, *proportion_interval(int(hits), int(n), level=level))


def estimate(value: float, draws: np.ndarray, level: float = LEVEL) -> Estimate:
    """A figure with the central interval of draws from its posterior.

    The interval is widened to hold the figure itself, which lies outside where nearly all are
    right: without errors the draws stay below 1 and the interval ends at 1 (as the modified
    Jeffreys interval does; Brown, Cai and DasGupta 2001, Statistical Science 16(2)).

    Args:
        value: as counted.
        draws: float64, (draws,).
        level: of the interval, 0 to 1.
    """
    lower, upper = np.quantile(draws, ((1 - level) / 2, (1 + level) / 2))
    return Estimate(value, min(float(lower), value), max(float(upper), value))


def macro_interval(hits: Sequence[float], n: Sequence[int]) -> list[float]:
    """A 95% interval of the mean of the classes' accuracies, from Beta(h + 1/2, m + 1/2).

    Args:
        hits: of each class; a fraction where one image was read several times.
        n: images of each class, at least 1.
    """
    generator = np.random.default_rng(0)  # fixed: the same readings, the same interval
    right, total = np.asarray(hits, np.float64), np.asarray(n)
    drawn = generator.beta(right + 0.5, total - right + 0.5, size=(_DRAWS, len(right)))
    found = estimate(float(np.mean(right / total)), drawn.mean(axis=1))
    return [found.lower, found.upper]
