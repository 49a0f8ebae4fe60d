"""The network: shapes, names, parameters, and its arithmetic against NumPy by hand."""

import keras
import numpy as np
import pytest
from scipy.special import expit

from arncnn.errors import ModelError
from arncnn.models.typed_json import read
from arncnn.network import arn_cnn, baselines
from arncnn.network.forward import ForwardPass
from arncnn.network.hyper_parameters import CONV_MAP_SHAPE, HyperParameters


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(3)
    return arn_cnn.build(HyperParameters())


def test_layers_follow_the_paper_from_top_to_bottom(model: keras.Model) -> None:
    shapes = {layer.name: tuple(layer.output.shape[1:]) for layer in model.layers}
    expected = {
        "conv_1": (64, 64, 32),
        "pool_1": (32, 32, 32),
        "attention_1": (32, 32, 32),
        "attention_2": (32, 32, 32),
        "residual_conv_1": (32, 32, 64),
        "attention_3": (32, 32, 64),
        "residual_skip": (32, 32, 64),
        "residual_pool": (16, 16, 64),
        "conv_2": (16, 16, 64),
        "attention_4": (16, 16, 64),
        "conv_3": (16, 16, 256),
        "pool_3": (8, 8, 256),
        "attention_8": (8, 8, 256),
        "conv_4": CONV_MAP_SHAPE,
        "flatten": (8000,),
        "dense": (256,),
        "logits": (6,),
    }
    assert {name: shapes[name] for name in expected} == expected
    order = [layer.name for layer in model.layers]
    assert sorted(expected, key=order.index) == list(expected)


def test_the_parameters_are_those_counted_by_hand(model: keras.Model) -> None:
    def conv(inputs: int, outputs: int, kernel: int, bias: bool = True) -> int:
        return inputs * outputs * kernel * kernel + (outputs if bias else 0)

    def attention(channels: int) -> int:
        return conv(channels, channels // 2, 1) + conv(channels // 2, 1, 1)

    block = conv(32, 64, 3, False) + conv(64, 64, 3, False) + 2 * 4 * 64 + conv(32, 64, 1)
    expected = (
        conv(1, 32, 3)
        + 2 * attention(32)
        + block
        + 2 * attention(64)
        + conv(64, 64, 3)
        + conv(64, 256, 3)
        + 4 * attention(256)
        + conv(256, 125, 1)
        + (8000 * 256 + 256)
        + (256 * 6 + 6)
    )
    assert model.count_params() == expected


def test_full_attention_has_a_weight_for_every_value() -> None:
    model = arn_cnn.build(HyperParameters(attention="full"))
    assert model.get_layer("attention_5_map").output.shape[1:] == (8, 8, 256)


def test_table_6_flags_drop_the_attention_and_the_skip_alone() -> None:
    without_attention = arn_cnn.build(HyperParameters(attention="none"))
    without_skip = arn_cnn.build(HyperParameters(residual=False))
    names = {layer.name for layer in without_attention.layers}
    assert not any(name.startswith("attention") for name in names)
    assert "residual_add" in names
    complete = {layer.name for layer in arn_cnn.build(HyperParameters()).layers}
    dropped = complete - {layer.name for layer in without_skip.layers}
    assert dropped == {"residual_skip", "residual_add"}


@pytest.mark.parametrize("name", ["relu", "elu", "selu", "tanh", "gelu"])
def test_figure_10_activations_reach_the_dense_layer(name: str) -> None:
    model = arn_cnn.build(HyperParameters(dense_activation=name))
    assert model.get_layer("dense").activation.__name__ == name


def test_an_unknown_attention_is_refused() -> None:
    with pytest.raises(ModelError, match="attention must be one of spatial, full, none"):
        HyperParameters(attention="channel")


def test_hyper_parameters_of_another_version_are_refused() -> None:
    with pytest.raises(ModelError, match="another version"):
        read(HyperParameters, {"heads": 4}, "hyper_parameters")


def test_attention_multiplies_by_the_sigmoid_of_its_two_convolutions(model: keras.Model) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, 8, 8, 256)).astype(np.float32)
    module = keras.Model(
        model.get_layer("attention_5").input[0], model.get_layer("attention_5").output
    )
    (k1, b1), (k2, b2) = (
        model.get_layer(f"attention_5_{part}").get_weights() for part in ("features", "map")
    )
    hidden = np.maximum(np.einsum("nhwc,cd->nhwd", features, k1[0, 0]) + b1, 0)
    weights = expit(np.einsum("nhwd,dm->nhwm", hidden, k2[0, 0]) + b2)
    assert weights.shape == (2, 8, 8, 1)
    np.testing.assert_allclose(np.asarray(module(features)), features * weights, atol=1e-5)


def test_residual_block_adds_the_skip_to_the_attended_features(model: keras.Model) -> None:
    def layer(name: str) -> list[np.ndarray]:
        return model.get_layer(name).get_weights()

    def convolve(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        reach = kernel.shape[0] // 2
        padded = np.pad(x, ((reach, reach), (reach, reach), (0, 0)))
        height, width = x.shape[:2]
        out = np.zeros((height, width, kernel.shape[3]))
        for dy in range(kernel.shape[0]):
            for dx in range(kernel.shape[1]):
                out += padded[dy : dy + height, dx : dx + width] @ kernel[dy, dx]
        return out

    def normalise(x: np.ndarray, name: str) -> np.ndarray:
        scale, shift, mean, variance = layer(name)
        return (x - mean) / np.sqrt(variance + 1e-3) * scale + shift

    rng = np.random.default_rng(1)
    x = rng.normal(size=(32, 32, 32))
    y = np.maximum(normalise(convolve(x, layer("residual_conv_1")[0]), "residual_norm_1"), 0)
    y = normalise(convolve(y, layer("residual_conv_2")[0]), "residual_norm_2")
    (k1, b1), (k2, b2) = layer("attention_3_features"), layer("attention_3_map")
    y = y * expit(np.maximum(y @ k1[0, 0] + b1, 0) @ k2[0, 0] + b2)
    kernel, bias = layer("residual_skip")
    y = np.maximum(y + x @ kernel[0, 0] + bias, 0)
    expected = y.reshape(16, 2, 16, 2, 64).max(axis=(1, 3))

    block = keras.Model(
        model.get_layer("attention_2").output, model.get_layer("residual_pool").output
    )
    found = np.asarray(block(x[None].astype(np.float32)))[0]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_weights_survive_saving_and_loading(model: keras.Model, tmp_path: object) -> None:
    path = f"{tmp_path}/n.weights.h5"
    model.save_weights(path)
    keras.utils.set_random_seed(4)
    other = arn_cnn.build(HyperParameters())
    images = np.random.default_rng(0).random((2, 64, 64, 1)).astype(np.float32)
    before = np.asarray(other(images))
    other.load_weights(path)
    assert not np.allclose(before, np.asarray(other(images)))
    np.testing.assert_array_equal(np.asarray(model(images)), np.asarray(other(images)))


def test_the_forward_pass_gives_every_attention_map_in_the_networks_order(
    model: keras.Model,
) -> None:
    images = np.random.default_rng(0).random((3, 64, 64, 1)).astype(np.float32)
    found = ForwardPass(model)(images)
    assert tuple(found.attention) == arn_cnn.ATTENTION_MODULES
    assert found.conv_map.shape == (3, *CONV_MAP_SHAPE)
    assert found.vector.shape == (3, 256)
    np.testing.assert_allclose(found.logits, np.asarray(model(images)), atol=1e-5)
    sides = [found.attention[name].shape[1] for name in found.attention]
    assert sides == [32, 32, 32, 16, 8, 8, 8, 8]
    assert found[1].logits.shape == (6,)


def test_resnet50_has_the_same_input_and_ends_in_logits() -> None:
    model = baselines.resnet50(6)
    assert model.input_shape == (None, 64, 64, 1)
    assert model.output_shape == (None, 6)
