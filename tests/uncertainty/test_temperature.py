"""Temperature scaling against data made at a known temperature."""

import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.special import softmax as scipy_softmax

from arncnn.errors import DataError
from arncnn.uncertainty import temperature


def _made_at(true_temperature: float, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Targets drawn from softmax(logits / T): T is then the best temperature."""
    generator = np.random.default_rng(1)
    logits = generator.normal(size=(n, 4)) * 4
    probabilities = scipy_softmax(logits / true_temperature, axis=1)
    u = generator.random((n, 1))
    return logits, (probabilities.cumsum(axis=1) < u).sum(axis=1)


@pytest.mark.parametrize("true_temperature", [0.6, 1.0, 2.5])
def test_the_temperature_that_made_the_data_is_found(true_temperature: float) -> None:
    logits, targets = _made_at(true_temperature)
    found = temperature.fit(logits, targets)
    assert found == pytest.approx(true_temperature, rel=0.05)
    before = temperature.negative_log_likelihood(logits, targets)
    assert temperature.negative_log_likelihood(logits, targets, found) <= before


def test_no_temperature_on_a_fine_grid_is_better() -> None:
    logits, targets = _made_at(1.7, n=500)
    found = temperature.fit(logits, targets)
    grid = np.geomspace(0.1, 10, 400)
    best = min(temperature.negative_log_likelihood(logits, targets, t) for t in grid)
    assert temperature.negative_log_likelihood(logits, targets, found) <= best + 1e-9


def test_softmax_and_likelihood_agree_with_scipy_for_huge_logits() -> None:
    logits = np.array([[1000.0, -1000.0, 3.0], [0.0, 1.0, 2.0]])
    assert temperature.softmax(logits, 2.0) == pytest.approx(scipy_softmax(logits / 2, axis=1))
    expected = -log_softmax(logits / 2, axis=1)[[0, 1], [2, 0]].mean()
    assert temperature.negative_log_likelihood(logits, np.array([2, 0]), 2.0) == pytest.approx(
        expected
    )


def test_a_fold_without_errors_does_not_sharpen() -> None:
    logits = np.eye(3)[np.repeat([0, 1, 2], 10)] * 5
    assert temperature.fit(logits, np.repeat([0, 1, 2], 10)) == 1.0


def test_an_empty_calibration_fold_is_refused_with_a_reason() -> None:
    with pytest.raises(DataError, match="at least one image"):
        temperature.fit(np.zeros((0, 3)), np.zeros(0, int))
