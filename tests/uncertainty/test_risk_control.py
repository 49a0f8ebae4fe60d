"""The threshold for answers without a look keeps its promise on new data."""

import numpy as np
from scipy.stats import binomtest

from arncnn.uncertainty.risk_control import GRID, threshold


def _answers(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Overconfident answers: those said to be p sure are right at a rate of p squared."""
    rng = np.random.default_rng(seed)
    probability = 1 - 10 ** rng.uniform(-6, -0.3, n)
    return probability, rng.random(n) < probability**2


def test_the_promised_risk_holds_in_nineteen_of_twenty_calibrations() -> None:
    probability, right = _answers(200_000, 0)
    risk = 0.01
    broken = 0
    for seed in range(200):
        found = threshold(*_answers(3000, seed + 1), risk=risk)
        accepted = probability >= found
        broken += bool(np.mean(~right[accepted]) > risk)
    assert binomtest(broken, 200, 0.05, alternative="greater").pvalue > 0.01


def test_surer_answers_lower_the_threshold() -> None:
    probability, right = _answers(5000, 3)
    assert threshold(probability, np.ones(5000, bool)) == GRID[-1]
    assert threshold(probability, right, risk=0.05) < threshold(probability, right, risk=0.005)


def test_too_few_images_bear_out_no_threshold() -> None:
    assert threshold(np.full(50, 0.9999), np.ones(50, bool)) == GRID[0]


def test_the_bound_is_the_exact_binomial_one() -> None:
    probability = np.full(1000, 0.9999)
    right = np.ones(1000, bool)
    right[:2] = False
    upper = binomtest(2, 1000).proportion_ci(0.90, method="exact").high  # two-sided 90%
    assert threshold(probability, right, risk=upper + 1e-9) == GRID[-1]
    assert threshold(probability, right, risk=upper - 1e-9) == GRID[0]
