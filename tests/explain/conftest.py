"""A whole ARN-CNN with random weights, its head, and the conv maps of a few images."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from arncnn.network.head import Head

collect_ignore = ["record_pytorch_grad_cam.py"]  # needs pytorch-grad-cam, which the tests do not


@dataclass(frozen=True, eq=False)
class Case:
    """A network and what it makes of some images.

    Attributes:
        network: the whole Keras network.
        head: its head.
        images: float32, (n, 64, 64, 1), 0 to 1.
        conv_maps: float32, (n, 8, 8, 125).
        logits: float32, (n, classes).
    """

    network: Any
    head: Head
    images: np.ndarray
    conv_maps: np.ndarray
    logits: np.ndarray


def _make(dense_activation: str = "gelu", attention: str = "spatial") -> Case:
    """An untrained network whose biases and norms are random too, as training makes them."""
    keras = pytest.importorskip("keras")
    from arncnn.network import arn_cnn
    from arncnn.network.hyper_parameters import HyperParameters

    keras.utils.set_random_seed(3)
    hyper = HyperParameters(dense_activation=dense_activation, attention=attention)
    network = arn_cnn.build(hyper)
    generator = np.random.default_rng(3)
    for variable in network.weights:
        if len(variable.shape) == 1:
            noise = generator.normal(0.0, 0.1, variable.shape)
            variable.assign(np.asarray(variable) + np.abs(noise).astype(np.float32))
        else:
            variable.assign(1.5 * np.asarray(variable))  # so that no layer fades out
    images = generator.random((3, 64, 64, 1), np.float32)
    both = keras.Model(network.input, [network.get_layer("conv_4").output, network.output])
    conv_maps, logits = (np.asarray(x) for x in both(images))
    return Case(network, Head.from_network(network), images, conv_maps, logits)


@pytest.fixture(scope="session")
def case() -> Case:
    """The paper's network."""
    return _make()


@pytest.fixture(scope="session")
def make_case() -> Callable[..., Case]:
    """A variant of it, by dense activation and kind of attention."""
    return _make
