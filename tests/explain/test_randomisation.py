"""The randomisation check walks the layers from the top and leaves the network as it was."""

import json

import numpy as np
import pytest

from arncnn.explain import METHODS
from arncnn.explain.randomisation import Cascade, _left, bootstrap_mean, randomisation_check


@pytest.fixture(scope="module")
def cascades(case):
    before = [np.array(w) for w in case.network.get_weights()]
    labels = case.logits.argmax(axis=1)
    found = randomisation_check(case.network, case.images, labels, methods=tuple(METHODS))
    for was, now in zip(before, case.network.get_weights(), strict=True):
        assert np.array_equal(was, now)
    return found


def test_layers_go_from_the_logits_to_the_first_convolution(cascades) -> None:
    layers = cascades["integrated"].layers
    assert layers[:3] == ("logits", "dense", "conv_4")
    assert layers[-1] == "conv_1"
    assert "attention_5_map" in layers
    assert "flatten" not in layers


def test_maps_of_a_random_network_are_far_from_the_true_ones(cascades) -> None:
    for cascade in cascades.values():
        assert len(cascade.rank_correlation) == len(cascade.layers) == len(cascade.interval)
        for value, (lower, upper) in zip(cascade.rank_correlation, cascade.interval, strict=True):
            assert -1 <= lower <= value <= upper <= 1
    assert abs(cascades["integrated"].rank_correlation[-1]) < 0.5


def test_the_result_is_plain_json(cascades) -> None:
    written = json.loads(json.dumps(cascades["grad_cam"].to_json()))
    assert set(written) == {"layers", "rank_correlation", "interval", "images", "collapses"}
    assert written["images"] == 3


def test_a_map_counts_as_collapsed_only_when_its_whole_interval_is_low() -> None:
    def cascade(low: float, high: float) -> Cascade:
        return Cascade("m", ("logits",), ((low + high) / 2,), ((low, high),), 9)

    assert cascade(-0.1, 0.2).is_collapsed
    assert not cascade(0.3, 0.6).is_collapsed


def test_what_is_left_is_spearmans_correlation_and_nothing_of_a_flat_map() -> None:
    one, other = np.random.default_rng(0).random((2, 8, 8), np.float32)
    ranks = [values.ravel().argsort().argsort() for values in (one, other)]
    assert _left(one, other) == pytest.approx(np.corrcoef(*ranks)[0, 1], abs=1e-12)
    assert _left(one, np.zeros((8, 8), np.float32)) == 0


def test_the_bootstrap_interval_of_a_mean_is_close_to_the_normal_one() -> None:
    values = np.random.default_rng(0).normal(2.0, 1.0, 400)
    lower, upper = bootstrap_mean(values, np.random.default_rng(1))
    half = 1.96 * values.std() / 20
    assert lower == pytest.approx(values.mean() - half, abs=0.02)
    assert upper == pytest.approx(values.mean() + half, abs=0.02)


def test_the_bootstrap_draws_whole_images_with_replacement() -> None:
    values = np.random.default_rng(3).normal(size=37)
    rows = np.random.default_rng(5).integers(37, size=(2000, 37))
    expected = np.quantile(values[rows].mean(axis=1), [0.025, 0.975])
    assert bootstrap_mean(values, np.random.default_rng(5)) == pytest.approx(expected, abs=1e-12)
    assert bootstrap_mean(np.array([0.5]), np.random.default_rng(5)) == (0.5, 0.5)
