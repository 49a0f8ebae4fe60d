"""Head-only Monte Carlo dropout against a plain loop and closed forms."""

import numpy as np
import pytest
from scipy.stats import entropy

from arncnn.uncertainty import dropout


@pytest.fixture
def head() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(7)
    vector = generator.normal(size=256).astype(np.float32)
    kernel = (generator.normal(size=(256, 6)) * 0.1).astype(np.float32)
    bias = generator.normal(size=6).astype(np.float32)
    return vector, kernel, bias


def test_mean_logit_over_samples_is_the_logit_without_dropout(head) -> None:
    vector, kernel, bias = head
    logits = dropout.sample_logits(vector, kernel, bias, samples=20_000)
    standard_error = logits.std(axis=0) / np.sqrt(len(logits))
    assert np.all(np.abs(logits.mean(axis=0) - (vector @ kernel + bias)) < 5 * standard_error)


def test_variance_of_a_logit_is_that_of_independent_bernoulli_masks(head) -> None:
    vector, kernel, bias = head
    rate = 0.45
    logits = dropout.sample_logits(vector, kernel, bias, samples=20_000, rate=rate)
    expected = ((vector[:, np.newaxis] * kernel) ** 2).sum(axis=0) * rate / (1 - rate)
    assert logits.var(axis=0) == pytest.approx(expected, rel=0.06)


def test_summary_agrees_with_scipy_on_the_same_samples(head) -> None:
    summary = dropout.head_dropout(*head, samples=50, temperature=2.0)
    logits = dropout.sample_logits(*head, samples=50).astype(np.float64) / 2.0
    samples = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert summary.mean == pytest.approx(samples.mean(axis=0), abs=1e-6)
    assert summary.std == pytest.approx(samples.std(axis=0), abs=1e-6)
    information = entropy(samples.mean(axis=0)) - entropy(samples, axis=1).mean()
    assert summary.mutual_information == pytest.approx(information)
    assert np.all(summary.lower <= summary.mean) and np.all(summary.mean <= summary.upper)


def test_many_scans_get_together_what_each_gets_alone(head) -> None:
    _, kernel, bias = head
    vectors = np.random.default_rng(8).normal(size=(21, 256)).astype(np.float32)
    together = dropout.head_dropouts(vectors, kernel, bias, temperature=1.5)
    assert len(together) == len(vectors)
    for vector, found in zip(vectors, together, strict=True):
        logits = dropout.sample_logits(vector, kernel, bias).astype(np.float64) / 1.5
        samples = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        lower, upper = np.quantile(samples, (0.025, 0.975), axis=0)
        assert found.lower == pytest.approx(lower, abs=1e-6)
        assert found.upper == pytest.approx(upper, abs=1e-6)
        assert found.mean == pytest.approx(samples.mean(axis=0), abs=1e-6)


def test_without_dropout_nothing_varies(head) -> None:
    summary = dropout.head_dropout(*head, rate=0.0, samples=10)
    assert summary.std.max() < 1e-7
    assert summary.mutual_information == pytest.approx(0.0, abs=1e-9)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(head) -> None:
    once, again = dropout.head_dropout(*head, seed=3), dropout.head_dropout(*head, seed=3)
    assert np.array_equal(once.mean, again.mean)
    assert not np.array_equal(once.mean, dropout.head_dropout(*head, seed=4).mean)


def test_the_masks_are_drawn_once_for_all_readings(head, monkeypatch: pytest.MonkeyPatch) -> None:
    once = dropout.head_dropout(*head)
    monkeypatch.setattr(np.random, "default_rng", None)
    assert np.array_equal(dropout.head_dropout(*head).mean, once.mean)
