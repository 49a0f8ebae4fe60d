"""Head: the two dense layers after the last conv map, as plain arrays.

Everything that speaks of the head alone (evidence, Monte Carlo dropout) works on
these arrays: the convolutions run once, and no framework is needed afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import erf

from arncnn.errors import ModelError

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017
_SQRT_2 = float(np.sqrt(2.0))
_SQRT_2_PI = float(np.sqrt(2.0 * np.pi))

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Activation:
    """An activation of the dense layer.

    Attributes:
        value: the function, element by element.
        derivative: its derivative; at a kink the value automatic differentiation takes.
    """

    value: Function
    derivative: Function


def _gelu(z: np.ndarray) -> np.ndarray:
    return z * 0.5 * (1.0 + erf(z / _SQRT_2))  # exact, as in the paper


def _gelu_derivative(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + erf(z / _SQRT_2)) + z * np.exp(-0.5 * z * z) / _SQRT_2_PI


def _elu(z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0.0)))


def _elu_derivative(z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, 1.0, np.exp(np.minimum(z, 0.0)))


def _selu(z: np.ndarray) -> np.ndarray:
    return SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0.0)))


def _selu_derivative(z: np.ndarray) -> np.ndarray:
    return SELU_SCALE * np.where(z > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(z, 0.0)))


ACTIVATIONS: dict[str, Activation] = {
    "gelu": Activation(_gelu, _gelu_derivative),
    "relu": Activation(lambda z: np.maximum(z, 0.0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "elu": Activation(_elu, _elu_derivative),
    "selu": Activation(_selu, _selu_derivative),
    "tanh": Activation(np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
}


@dataclass(frozen=True, eq=False)
class Head:
    """logits = activation(flatten(conv_map) @ kernel_1 + bias_1) @ kernel_2 + bias_2.

    Dropout does nothing at inference and is left out.

    Attributes:
        kernel_1: float32, (rows * columns * channels, hidden); features in row-major
            order: row, column, channel.
        bias_1: float32, (hidden,).
        kernel_2: float32, (hidden, classes).
        bias_2: float32, (classes,).
        activation: a name in ``ACTIVATIONS``.
    """

    kernel_1: np.ndarray
    bias_1: np.ndarray
    kernel_2: np.ndarray
    bias_2: np.ndarray
    activation: str = "gelu"

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise ModelError(
                f"The dense layer's activation {self.activation!r} is not supported; "
                f"supported are {', '.join(ACTIVATIONS)}."
            )
        hidden, classes = self.kernel_2.shape
        expected = ((self.kernel_1.shape[0], hidden), (hidden,), (classes,))
        if (self.kernel_1.shape, self.bias_1.shape, self.bias_2.shape) != expected:
            raise ModelError("The dense layers' weights do not fit each other.")

    @classmethod
    def from_network(cls, network: Any) -> "Head":
        """The head of a Keras network whose dense layers are named ``dense`` and ``logits``.

        Args:
            network: what ``arn_cnn.build`` made, with its weights.

        Returns:
            A copy of the weights; later training does not change it.
        """
        dense, logits = network.get_layer("dense"), network.get_layer("logits")
        kernel_1, bias_1 = (np.asarray(w, np.float32) for w in dense.get_weights())
        kernel_2, bias_2 = (np.asarray(w, np.float32) for w in logits.get_weights())
        return cls(kernel_1, bias_1, kernel_2, bias_2, dense.activation.__name__)

    @property
    def classes(self) -> int:
        """Number of logits."""
        return self.kernel_2.shape[1]

    @cached_property
    def function(self) -> Activation:
        """The dense layer's activation."""
        return ACTIVATIONS[self.activation]

    @cached_property
    def baseline_logits(self) -> np.ndarray:
        """Logits of the zero feature map, float64, (classes,)."""
        hidden = self.function.value(self.bias_1.astype(np.float64))
        return hidden @ self.kernel_2.astype(np.float64) + self.bias_2

    def vectors(self, conv_maps: np.ndarray) -> np.ndarray:
        """The 256-vectors after the activation.

        Args:
            conv_maps: float32, (n, rows, columns, channels).

        Returns:
            float32, (n, hidden).
        """
        flat = conv_maps.reshape(len(conv_maps), -1)
        return self.function.value(flat @ self.kernel_1 + self.bias_1).astype(np.float32)

    def logits(self, conv_maps: np.ndarray) -> np.ndarray:
        """Logits of a batch of conv maps.

        Args:
            conv_maps: float32, (n, rows, columns, channels).

        Returns:
            float32, (n, classes).
        """
        return self.vectors(conv_maps) @ self.kernel_2 + self.bias_2

    def mean_kernel(self, cells: int) -> np.ndarray:
        """``kernel_1`` averaged over the cells of the map, (channels, hidden); kept once made."""
        kept = self._mean_kernels
        if cells not in kept:
            hidden = self.kernel_1.shape[1]
            kept[cells] = self.kernel_1.reshape(cells, -1, hidden).mean(axis=0)
        return kept[cells]

    @cached_property
    def _mean_kernels(self) -> dict[int, np.ndarray]:
        return {}
