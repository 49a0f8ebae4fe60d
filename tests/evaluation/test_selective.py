"""Risk and coverage, prediction-set summaries: by definition, in plain loops."""

import itertools

import numpy as np
import pytest

from arncnn.evaluation import selective


def test_risk_at_each_coverage_is_the_error_rate_of_the_surest() -> None:
    probability = np.array([0.9, 0.8, 0.99, 0.6, 0.7])
    correct = np.array([True, False, True, True, False])
    curve = selective.risk_coverage(probability, correct)
    for coverage, risk, threshold in zip(curve.coverage, curve.risk, curve.threshold, strict=True):
        kept = probability >= threshold
        assert coverage == pytest.approx(kept.mean())
        assert risk == pytest.approx(1 - correct[kept].mean())
    assert curve.aurc == pytest.approx(np.mean([0, 0, 1 / 3, 2 / 4, 2 / 5]))


def test_ties_are_kept_together_and_the_area_is_the_mean_over_their_orders() -> None:
    probability = np.array([0.9, 0.5, 0.5, 0.5])
    correct = np.array([True, False, True, True])
    curve = selective.risk_coverage(probability, correct)
    assert curve.coverage.tolist() == [0.25, 1.0]
    areas = []
    for order in itertools.permutations([1, 2, 3]):
        errors = np.cumsum(~correct[[0, *order]])
        areas.append(np.mean(errors / np.arange(1, 5)))
    assert curve.aurc == pytest.approx(np.mean(areas))


def test_a_model_that_knows_its_errors_has_a_smaller_area() -> None:
    correct = np.arange(100) >= 10
    knows = selective.risk_coverage(np.where(correct, 0.99, 0.5), correct)
    blind = selective.risk_coverage(np.full(100, 0.9), correct)
    assert knows.aurc < 0.01 < blind.aurc == pytest.approx(0.1)


def test_set_summary_counts_coverage_and_sizes() -> None:
    sets = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 1]], bool)
    found = selective.set_summary(sets, np.array([0, 1, 1, 0]))
    assert (found.coverage.hits, found.coverage.n) == (2, 4)
    assert [(s.hits, s.n) for s in found.by_class] == [(1, 2), (1, 2), (0, 0)]
    assert found.mean_size == 1.0
    assert found.sizes == (1, 2, 1, 0)
