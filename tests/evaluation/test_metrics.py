"""Metrics against scikit-learn and SciPy."""

import numpy as np
import pytest
from scipy.stats import beta, norm
from sklearn import metrics as oracle

from arncnn.errors import DataError
from arncnn.evaluation import intervals
from arncnn.evaluation import metrics as ours

LABELS = ("A", "B", "C", "D")


def _predictions(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, 4, n)
    wrong = generator.random(n) < 0.2
    return targets, np.where(wrong, generator.integers(0, 4, n), targets)


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (3, 17), (2358, 2359), (1, 1)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_intervals_are_what_clopper_pearson_and_wilson_define(
    hits: int, n: int, level: float
) -> None:
    tail = (1 - level) / 2
    lower = beta.ppf(tail, hits, n - hits + 1) if hits else 0.0
    upper = beta.ppf(1 - tail, hits + 1, n - hits) if hits < n else 1.0
    exact = intervals.proportion_interval(hits, n, level=level)
    assert exact == pytest.approx((lower, upper), abs=2e-12)
    for end in intervals.proportion_interval(hits, n, "wilson", level):
        apart = abs(hits / n - end)  # the ends lie z standard errors from what was seen
        assert apart == pytest.approx(norm.ppf(1 - tail) * np.sqrt(end * (1 - end) / n), abs=1e-8)


def test_a_share_of_nothing_is_unknown_not_zero() -> None:
    nothing = intervals.share(0, 0)
    assert (nothing.lower, nothing.upper) == (0.0, 1.0)
    assert nothing.to_json()["value"] is None
    assert intervals.proportion_interval(0, 0, "wilson") == (0.0, 1.0)


@pytest.mark.parametrize("seed", range(5))
def test_every_figure_is_scikit_learns(seed: int) -> None:
    targets, predicted = _predictions(seed)
    found = ours.metrics(targets, predicted, LABELS)
    precision, recall, f1, support = oracle.precision_recall_fscore_support(targets, predicted)
    assert found.accuracy.value == pytest.approx(oracle.accuracy_score(targets, predicted))
    counts = np.zeros((4, 4))
    np.add.at(counts, (targets, predicted), 1)
    np.testing.assert_array_equal(found.confusion_matrix, counts)
    by_chance = counts.sum(axis=0) @ counts.sum(axis=1) / 400**2
    kappa = (np.trace(counts) / 400 - by_chance) / (1 - by_chance)
    assert found.cohen_kappa == pytest.approx(kappa, abs=1e-12)
    assert [row.precision.value for row in found.classes] == pytest.approx(precision)
    assert [row.recall.value for row in found.classes] == pytest.approx(recall)
    assert [row.f1.value for row in found.classes] == pytest.approx(f1)
    assert [row.n for row in found.classes] == support.tolist()
    assert found.macro_f1.value == pytest.approx(np.mean(f1))
    assert found.macro_precision.value == pytest.approx(np.mean(precision))
    assert found.macro_recall.value == pytest.approx(np.mean(recall))
    assert (found.n, found.errors) == (400, int(np.sum(targets != predicted)))


def test_a_class_never_predicted_scores_zero_as_in_scikit_learn() -> None:
    targets, predicted = np.array([0, 1, 2, 3]), np.array([0, 1, 2, 2])
    found = ours.metrics(targets, predicted, LABELS)
    expected = oracle.f1_score(targets, predicted, average="macro", zero_division=0)
    assert found.macro_f1.value == pytest.approx(expected)
    assert found.classes[3].precision.n == 0


def test_every_interval_holds_its_figure() -> None:
    found = ours.metrics(*_predictions(9), LABELS)
    for estimate in (*(row.f1 for row in found.classes), found.macro_f1, found.macro_recall):
        assert estimate.lower < estimate.value < estimate.upper


def test_without_errors_the_macro_interval_still_admits_doubt() -> None:
    targets = np.repeat(np.arange(4), 50)
    found = ours.metrics(targets, targets, LABELS)
    assert found.macro_f1.value == 1.0
    assert 0.97 < found.macro_f1.lower < 1.0
    assert found.macro_f1.upper == found.classes[0].f1.upper == 1.0


def test_posterior_of_recall_is_jeffreys_beta() -> None:
    matrix = np.array([[45, 5], [0, 50]])
    drawn = ours.rates(ours._posterior(matrix))[1][:, 0]
    expected = beta.ppf((0.1, 0.5, 0.9), 45.5, 5.5)
    assert np.quantile(drawn, (0.1, 0.5, 0.9)) == pytest.approx(expected, abs=0.005)


def test_no_predictions_are_refused_with_what_to_do() -> None:
    with pytest.raises(DataError, match="Choose a split"):
        ours.metrics(np.zeros(0, int), np.zeros(0, int), LABELS)
