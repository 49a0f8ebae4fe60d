"""Conformal sets: definitions by brute force, promises by simulation."""

import json

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import betabinom, kstest

from arncnn.errors import DataError
from arncnn.models.typed_json import plain, read
from arncnn.uncertainty import conformal


def _draw(n: int, seed: int, scale: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, 3, n)
    logits = generator.normal(size=(n, 3)) + scale * np.eye(3)[targets]
    return logits.astype(np.float32), targets


def test_p_values_count_calibration_scans_that_fit_no_better() -> None:
    calibration, targets = _draw(300, 0)
    model = conformal.fit(calibration, targets, "ABC", alpha=0.05)
    fresh, _ = _draw(20, 1)
    scores = 1 - softmax(calibration.astype(np.float64), axis=1)  # the least-ambiguous score
    new = 1 - softmax(fresh.astype(np.float64), axis=1)
    for row, column in np.ndindex(20, 3):
        own = scores[targets == column, column]
        expected = (np.sum(own >= new[row, column]) + 1) / (len(own) + 1)
        assert model.p_values(fresh)[row, column] == pytest.approx(expected)


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_each_class_is_covered_as_promised_over_many_calibrations(alpha: float) -> None:
    covered: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for seed in range(60):
        model = conformal.fit(*_draw(450, seed), "ABC", alpha=alpha)
        fresh, targets = _draw(1500, 1000 + seed)
        inside = model.sets(fresh)
        for label in covered:
            covered[label].append(float(inside[targets == label, label].mean()))
    for shares in covered.values():
        error = np.std(shares) / np.sqrt(len(shares))
        assert np.mean(shares) >= 1 - alpha - 3 * error
        assert np.mean(shares) <= 1 - alpha + 1 / 120 + 3 * error  # not wastefully more


def test_randomised_p_values_of_the_true_class_are_uniform_even_with_ties() -> None:
    rounded, targets = (part for part in _draw(1500, 3))
    model = conformal.fit(np.round(rounded), targets, "ABC", alpha=0.05)
    fresh, truth = _draw(3000, 4)
    p_values = model.p_values(np.round(fresh), generator=np.random.default_rng(0))
    assert kstest(p_values[np.arange(3000), truth], "uniform").pvalue > 0.001


@pytest.mark.parametrize("alpha", [0.01, 0.05, 1 / 3, 0.5])
@pytest.mark.parametrize("count", [450, 597, 1200])
def test_a_class_is_in_the_set_exactly_where_its_p_value_is_over_alpha(
    alpha: float, count: int
) -> None:
    calibration, targets = _draw(count, 9)
    model = conformal.fit(np.round(calibration, 1), targets, "ABC", alpha=alpha)
    fresh = np.round(_draw(2000, 10)[0], 1)  # many tie with a calibration score
    assert np.array_equal(model.sets(fresh), model.p_values(fresh) > alpha)


def test_sets_tell_near_certain_scans_apart_where_float32_probabilities_tie() -> None:
    logits = np.array([[40.0, 0.0], [60.0, 0.0]], np.float32)
    assert softmax(logits, axis=1).astype(np.float32)[:, 0].tolist() == [1.0, 1.0]
    scores = conformal.nonconformity(logits)
    assert scores[0, 0] > scores[1, 0]


def test_prediction_set_lists_the_likeliest_class_first() -> None:
    model = conformal.fit(*_draw(900, 5, scale=0.5), "ABC", alpha=0.01)
    assert model.prediction_set(np.array([0.0, 0.2, 0.1])) == ("B", "C", "A")


def test_a_scan_unlike_every_class_has_an_empty_set() -> None:
    generator = np.random.default_rng(0)
    targets = np.repeat([0, 1], 300)
    logits = 20 * np.eye(2)[targets] + generator.normal(size=(600, 2))
    model = conformal.fit(logits, targets, "AB", alpha=0.05)
    assert model.prediction_set(np.array([0.0, 0.0])) == ()


def test_too_few_calibration_images_are_refused_with_the_number_needed() -> None:
    logits, targets = _draw(240, 6)
    with pytest.raises(DataError, match="at least 99 calibration images of each class"):
        conformal.fit(logits, targets, "ABC", alpha=0.01)


def test_json_brings_back_the_same_p_values() -> None:
    model = conformal.fit(*_draw(600, 7), "ABC", temperature=1.3, alpha=0.05)
    back = read(conformal.Conformal, json.loads(json.dumps(plain(model))), "conformal")
    fresh, _ = _draw(50, 8)
    assert np.array_equal(model.p_values(fresh), back.p_values(fresh))
    assert back.promise() == model.promise()
    assert "95.0%" in back.promise()


def test_coverage_interval_matches_the_beta_binomial_in_the_limit() -> None:
    lower, upper = conformal.coverage_interval(590, 0.01)
    huge = 10**5  # the share of so many fresh scans is all but the coverage itself
    misses = int(591 * 0.01)
    expected = betabinom.ppf((0.025, 0.975), huge, 591 - misses, misses) / huge
    assert (lower, upper) == pytest.approx(tuple(expected), abs=1e-4)
    assert lower < 0.99 < upper


def test_a_class_without_calibration_images_is_promised_nothing_and_costs_the_others_nothing() -> (
    None
):
    logits, targets = _draw(900, 5, scale=0.5)
    two = targets < 2
    model = conformal.fit(logits[two], targets[two], ("A", "B", "Knee"), without=("Knee",))
    inside = model.sets(logits)
    assert (inside[:, 2] == (logits.argmax(1) == 2)).all()
    assert "Nothing is guaranteed for Knee" in model.promise()
    assert model.counts()["Knee"] == 0
    again = read(conformal.Conformal, plain(model), "conformal")
    assert (again.sets(logits) == inside).all()
