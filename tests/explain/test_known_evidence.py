"""Evidence for "known" adds up to that logit, and is the integral and the gradient it claims to be.

The independent side is the Keras network with the output itself, differentiated by TensorFlow.
"""

from typing import Any

import keras
import numpy as np
import pytest

from arncnn.explain import METHODS
from arncnn.explain.input_checks import INPUT_CHECKS
from arncnn.explain.known_evidence import KnownPass, explain_known, known_logits
from arncnn.explain.occlusion import occlusion
from arncnn.explain.probe import Probe
from arncnn.network import known as output
from arncnn.network.arn_cnn import LAST_CONV
from arncnn.uncertainty.known import Known

tf = pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def whole(case: Any) -> keras.Model:
    """The network with the output "known", whose units open and close on the path from zero."""
    network = output.with_known(case.network)
    rng = np.random.default_rng(1)
    for name in ("known_hidden", "known"):
        layer = network.get_layer(name)
        layer.set_weights([rng.normal(0, 0.5, part.shape) for part in layer.get_weights()])
    return network


@pytest.fixture(scope="module")
def known(whole: keras.Model) -> Known:
    arrays = output.arrays(whole)
    assert arrays is not None
    return Known.of(*arrays, channels=125)


@pytest.fixture(scope="module")
def from_map(whole: keras.Model) -> keras.Model:
    """Last conv map to the logit "known", by Keras's own layers."""
    return keras.Model(whole.get_layer(LAST_CONV).output, whole.output["known"])


def _gradient(from_map: keras.Model, conv_maps: np.ndarray) -> np.ndarray:
    at = tf.constant(conv_maps)
    with tf.GradientTape() as tape:
        tape.watch(at)
        total = tf.reduce_sum(from_map(at, training=False))
    return np.asarray(tape.gradient(total, at), np.float64)


def test_the_cells_sum_to_what_the_scan_moves_the_networks_own_logit_by(
    case: Any, whole: keras.Model, known: Known, from_map: keras.Model
) -> None:
    own = np.asarray(whole(case.images, training=False)["known"])[:, 0]
    empty = float(np.asarray(from_map(np.zeros((1, 8, 8, 125), np.float32)))[0, 0])
    for conv_map, logit in zip(case.conv_maps, own, strict=True):
        maps = explain_known(case.head, known, conv_map)["integrated"]
        difference = float(logit) - empty
        promised = 1e-4 * max(1.0, abs(difference))
        assert abs(difference) > 0.1
        assert maps.maps.shape == (1, 8, 8)
        assert maps.maps.sum(dtype=np.float64) == pytest.approx(difference, abs=promised)
        assert maps.difference == pytest.approx([difference], abs=promised)
        assert maps.residual == pytest.approx([0.0], abs=promised)


def test_the_cells_are_integrated_gradients_along_the_path_from_the_empty_map(
    case: Any, known: Known, from_map: keras.Model
) -> None:
    conv_map = case.conv_maps[0]
    middles = (np.arange(2000, dtype=np.float32) + 0.5) / 2000
    slopes = np.mean(
        [
            _gradient(from_map, part[:, None, None, None] * conv_map).mean(axis=0)
            for part in np.split(middles, 20)
        ],
        axis=0,
    )
    expected = (conv_map * slopes).sum(axis=-1)
    cells = explain_known(case.head, known, conv_map)["integrated"].maps[0]
    np.testing.assert_allclose(cells, expected, atol=0.01 * np.abs(expected).max())
    assert (cells > 0).any()
    assert (cells < 0).any()


def test_the_other_methods_stand_on_the_gradient_of_that_logit(
    case: Any, known: Known, from_map: keras.Model
) -> None:
    conv_map = case.conv_maps[1]
    expected = _gradient(from_map, conv_map[None])[0]
    found = KnownPass(case.head, conv_map, known)
    size = np.abs(expected).max()
    np.testing.assert_allclose(found.gradients[0].reshape(8, 8, 125), expected, atol=1e-4 * size)
    maps = explain_known(case.head, known, conv_map, {"grad_cam": 3.0})
    assert list(maps) == list(METHODS)
    weighed = conv_map * expected
    hires = maps["hires_cam"].maps[0]
    np.testing.assert_allclose(hires, weighed.sum(axis=-1), atol=1e-4 * np.abs(hires).max())
    by_mean = np.maximum((conv_map * expected.mean(axis=(0, 1))).sum(axis=-1), 0)
    np.testing.assert_allclose(maps["grad_cam"].maps[0], by_mean, atol=1e-4 * by_mean.max())
    positive = np.maximum(weighed, 0).sum(axis=-1)
    np.testing.assert_allclose(maps["layer_cam"].maps[0], positive, atol=1e-4 * positive.max())
    assert maps["grad_cam"].scale == 3.0
    assert maps["layer_cam"].scale == pytest.approx(maps["layer_cam"].maps.max())


def test_covering_a_place_is_measured_by_the_logit_known(
    case: Any, whole: keras.Model, known: Known
) -> None:
    predict = known_logits(Probe.of(case.network), case.head, known)
    own = np.asarray(whole(case.images, training=False)["known"])
    np.testing.assert_allclose(predict(case.images), own, atol=1e-3 * np.abs(own).max())
    maps = occlusion(predict, case.images[0], patch=64, stride=64)
    covered = np.full((1, 64, 64, 1), case.images[0].mean(), np.float32)
    assert maps.maps.shape == (1, 64, 64)
    assert maps.maps[0, 0, 0] == pytest.approx(
        float((predict(case.images[:1]) - predict(covered))[0, 0]), abs=1e-3
    )
    assert "occlusion" in INPUT_CHECKS
