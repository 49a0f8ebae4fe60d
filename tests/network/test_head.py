"""The head on plain arrays agrees with Keras, for every activation of the network's variants."""

import numpy as np
import pytest

from arncnn.errors import ModelError
from arncnn.network.head import ACTIVATIONS, Head

GRID = np.linspace(-6.0, 6.0, 241) + 0.01  # no point on a kink


def _head(activation: str = "gelu") -> Head:
    generator = np.random.default_rng(7)
    return Head(
        generator.normal(0, 0.3, (8, 5)).astype(np.float32),
        generator.normal(0, 0.3, 5).astype(np.float32),
        generator.normal(0, 0.3, (5, 3)).astype(np.float32),
        generator.normal(0, 0.3, 3).astype(np.float32),
        activation,
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_the_one_keras_knows_by_that_name(name: str) -> None:
    keras = pytest.importorskip("keras")
    theirs = np.asarray(getattr(keras.activations, name)(keras.ops.array(GRID, "float32")))
    assert np.abs(ACTIVATIONS[name].value(GRID) - theirs).max() < 1e-6


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_derivative_agrees_with_finite_differences(name: str) -> None:
    g = ACTIVATIONS[name]
    numeric = (g.value(GRID + 1e-6) - g.value(GRID - 1e-6)) / 2e-6
    assert np.abs(g.derivative(GRID) - numeric).max() < 1e-8


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_logits_agree_with_the_same_layers_in_keras(name: str) -> None:
    keras = pytest.importorskip("keras")
    head = _head(name)
    conv_maps = np.random.default_rng(1).random((4, 2, 2, 2), np.float32)
    entry = keras.Input((2, 2, 2))
    x = keras.layers.Dense(5, name, name="dense")(keras.layers.Flatten()(entry))
    network = keras.Model(entry, keras.layers.Dense(3, name="logits")(x))
    network.set_weights([head.kernel_1, head.bias_1, head.kernel_2, head.bias_2])
    assert np.abs(head.logits(conv_maps) - np.asarray(network(conv_maps))).max() < 1e-5
    copied = Head.from_network(network)
    assert copied.activation == name
    assert np.array_equal(copied.kernel_1, head.kernel_1)


def test_an_activation_without_a_formula_here_is_refused() -> None:
    with pytest.raises(ModelError, match="'softsign' is not supported"):
        _head("softsign")


def test_weights_that_do_not_fit_each_other_are_refused() -> None:
    head = _head()
    with pytest.raises(ModelError, match="do not fit"):
        Head(head.kernel_1, head.bias_1[:-1], head.kernel_2, head.bias_2)
