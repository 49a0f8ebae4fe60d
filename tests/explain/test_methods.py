"""Every method against automatic differentiation and against pytorch-grad-cam."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arncnn.errors import ModelError
from arncnn.explain import DEFAULT_METHOD, METHODS, HeadPass, explain_all
from arncnn.network.forward import ForwardPass
from arncnn.network.head import ACTIVATIONS, Head

RECORDING = Path(__file__).with_name("pytorch_grad_cam.npz")
GRADIENT_METHODS = ("grad_cam", "grad_cam_pp", "hires_cam", "layer_cam")


def _whole_model_gradients(case: Any) -> tuple[np.ndarray, np.ndarray]:
    """Conv maps (n, 8, 8, c) and d logit / d conv map (n, classes, 8, 8, c), by GradientTape."""
    tf = pytest.importorskip("tensorflow")
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("The oracle is TensorFlow's GradientTape.")
    both = keras.Model(
        case.network.input, [case.network.get_layer("conv_4").output, case.network.output]
    )
    with tf.GradientTape(persistent=True) as tape:
        conv_maps, logits = both(tf.constant(case.images))
        by_class = [tf.reduce_sum(logits[:, label]) for label in range(logits.shape[1])]
    gradients = [tape.gradient(total, conv_maps).numpy() for total in by_class]
    return conv_maps.numpy(), np.stack(gradients, axis=1)


def _oracle(name: str, a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """The methods' definitions, written out for one image: a (8, 8, c), g (classes, 8, 8, c)."""
    if name == "grad_cam":
        weights = g.mean(axis=(1, 2))
        return np.maximum(np.tensordot(weights, a, axes=(1, 2)), 0)
    if name == "grad_cam_pp":
        total = a.sum(axis=(0, 1))
        alpha = np.where(g != 0, g**2 / (2 * g**2 + total * g**3 + 1e-6), 0)
        weights = (alpha * np.maximum(g, 0)).sum(axis=(1, 2))
        return np.maximum(np.tensordot(weights, a, axes=(1, 2)), 0)
    if name == "layer_cam":
        return np.maximum((np.maximum(g, 0) * a).sum(axis=-1), 0)
    return (g * a).sum(axis=-1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_methods_agree_with_automatic_differentiation_on_the_whole_network(
    activation: str, case: Any, make_case: Callable[..., Any]
) -> None:
    whole = case if activation == "gelu" else make_case(activation)
    conv_maps, gradients = _whole_model_gradients(whole)
    assert np.abs(gradients).max() > 1e-3  # a dead network would agree with anything
    for conv_map, gradient in zip(conv_maps, gradients, strict=True):
        for name in GRADIENT_METHODS:
            ours = METHODS[name].maps(whole.head, conv_map)
            theirs = _oracle(name, conv_map.astype(np.float64), gradient.astype(np.float64))
            assert np.abs(ours - theirs).max() < 1e-4, name
            assert np.abs(theirs).max() > 1e-3, name


def _replay(recording: dict[str, np.ndarray]) -> tuple[np.ndarray, Head]:
    """The recorded small network, run by this machine's Keras: conv maps and head."""
    keras = pytest.importorskip("keras")
    scan = keras.Input(recording["images"].shape[1:])
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(scan)
    x = keras.layers.Conv2D(5, 1, activation="relu")(keras.layers.MaxPooling2D()(x))
    convolutions = keras.Model(scan, x)
    convolutions.set_weights([recording[f"conv_{number}"] for number in range(4)])
    head = Head(*(recording[f"head_{number}"] for number in range(4)))
    return np.asarray(convolutions(recording["images"])), head


@pytest.mark.parametrize("name", GRADIENT_METHODS)
def test_methods_agree_with_the_recorded_maps_of_pytorch_grad_cam(name: str) -> None:
    with np.load(RECORDING) as archive:
        recording = dict(archive)
    conv_maps, head = _replay(recording)
    for conv_map, theirs in zip(conv_maps, recording[name], strict=True):
        ours = METHODS[name].maps(head, conv_map)
        if not METHODS[name].is_signed:
            theirs = np.maximum(theirs, 0)  # pytorch-grad-cam does so outside of its methods
        assert np.abs(ours - theirs).max() < 1e-4
    assert recording[name].max() > 0.1


def test_one_shared_pass_gives_the_maps_that_the_methods_give_alone(case: Any) -> None:
    together = explain_all(case.head, case.conv_maps[0])
    assert list(together) == list(METHODS)
    for name, maps in together.items():
        assert np.array_equal(maps.maps, METHODS[name].maps(case.head, case.conv_maps[0]))
        assert maps.maps.shape == (6, 8, 8)
        assert maps.maps.dtype == np.float32
        assert maps.method == name
        assert maps.is_signed or maps.maps.min() >= 0


def test_the_scale_is_one_for_all_classes(case: Any) -> None:
    maps = explain_all(case.head, case.conv_maps[0])[DEFAULT_METHOD]
    assert maps.scale == np.abs(maps.maps).max()


def test_an_empty_feature_map_gets_no_evidence_from_any_method(case: Any) -> None:
    for maps in explain_all(case.head, np.zeros((8, 8, 125), np.float32)).values():
        assert not maps.maps.any()


def test_a_map_that_does_not_fit_the_head_is_refused(case: Any) -> None:
    with pytest.raises(ModelError, match=r"expects .* of 8000 features"):
        HeadPass(case.head, np.zeros((8, 8, 124), np.float32))


def test_the_sums_that_a_pass_leaves_give_the_same_grad_cam_and_leave_the_answer_alone(
    case: Any,
) -> None:
    forward = ForwardPass(case.network)
    features = forward(case.images)
    network = np.asarray(case.network(case.images, training=False))
    np.testing.assert_allclose(features.logits, network, atol=1e-5)
    for row, conv_map in enumerate(features.conv_map):
        worked_out, left = HeadPass(case.head, conv_map), HeadPass.of(case.head, features[row])
        sums = worked_out.step + case.head.bias_1
        np.testing.assert_allclose(features[row].before, sums, atol=1e-5)
        one, other = (METHODS["grad_cam"].explain(each).maps for each in (worked_out, left))
        np.testing.assert_allclose(one, other, atol=1e-5 * np.abs(one).max())
