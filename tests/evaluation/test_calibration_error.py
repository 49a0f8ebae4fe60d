"""Probability scores against scikit-learn and a plain loop over bins."""

import numpy as np
import pytest
from sklearn import metrics as oracle
from sklearn.calibration import calibration_curve

from arncnn.evaluation import calibration_error as ours


@pytest.fixture
def predictions() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(1000, 3)) * 2
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return probabilities, generator.integers(0, 3, 1000)


def _loop_ece(probability: np.ndarray, correct: np.ndarray, bins: int) -> float:
    total = 0.0
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = [i for i, p in enumerate(probability) if low < p <= high or p == low == 0]
        if inside:
            gap = abs(np.mean(probability[inside]) - np.mean(correct[inside]))
            total += len(inside) / len(probability) * gap
    return total


def test_brier_is_scikit_learns(predictions) -> None:
    probabilities, targets = predictions
    assert ours.brier(probabilities, targets) == pytest.approx(
        oracle.brier_score_loss(targets, probabilities, scale_by_half=False)
    )


@pytest.mark.parametrize("bins", [5, 15])
def test_ece_is_the_weighted_gap_of_each_bin(predictions, bins: int) -> None:
    probabilities, targets = predictions
    top, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    assert ours.ece(probabilities, targets, bins) == pytest.approx(_loop_ece(top, correct, bins))
    by_class = [_loop_ece(probabilities[:, k], targets == k, bins) for k in range(3)]
    assert ours.classwise_ece(probabilities, targets, bins) == pytest.approx(np.mean(by_class))


@pytest.mark.parametrize(
    ("strategy", "diagram"),
    [("uniform", ours.reliability), ("quantile", ours.adaptive_reliability)],
)
def test_diagram_points_are_scikit_learns(predictions, strategy: str, diagram) -> None:
    probabilities, targets = predictions
    accuracy, probability = calibration_curve(
        targets == 0, probabilities[:, 0], n_bins=10, strategy=strategy
    )
    found = diagram(probabilities[:, 0], targets == 0, 10)
    # scikit-learn interpolates quantiles between images: an image on an edge may move a bin.
    tolerance = 1e-9 if strategy == "uniform" else 0.015
    assert found.probability == pytest.approx(probability, abs=tolerance)
    assert found.accuracy == pytest.approx(accuracy, abs=tolerance)
    assert found.n.sum() == 1000


def test_adaptive_bins_hold_equal_counts() -> None:
    probability = np.concatenate([np.full(90, 1.0), np.linspace(0.3, 0.9, 10)])
    found = ours.adaptive_reliability(probability, np.ones(100, bool), 10)
    assert set(found.n) == {10}


def test_a_perfect_and_certain_model_has_no_calibration_error() -> None:
    probabilities = np.eye(3)[[0, 1, 2, 0]]
    targets = np.array([0, 1, 2, 0])
    for error in (ours.ece, ours.adaptive_ece, ours.classwise_ece, ours.brier):
        assert error(probabilities, targets) == 0.0
