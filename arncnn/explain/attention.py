"""Attention maps: the eight modules in the network's order, and one module laid open.

The paper ("Attention Module", Figure 3): features are taken from the input by a first
convolution, a second one turns them into a map between 0 and 1, and the map multiplies
the module's input.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from arncnn.errors import ModelError

_EVEN = 0.01
"""Below this difference between its strongest and weakest place, a map chooses nothing: one
hundredth of its range, which no colour shows."""

PLACES: dict[str, str] = {
    "attention_1": "after the first max pooling, first of two",
    "attention_2": "after the first max pooling, second of two",
    "attention_3": "in the residual block",
    "attention_4": "after the convolution with 64 filters",
    "attention_5": "after the last max pooling, first of four",
    "attention_6": "after the last max pooling, second of four",
    "attention_7": "after the last max pooling, third of four",
    "attention_8": "after the last max pooling, last of four",
}
"""Where the paper places each module ("Main Architecture"), in the network's order."""


@dataclass(frozen=True, eq=False)
class AttentionMap:
    """What one module multiplies its input by.

    Attributes:
        name: the layer's name, "attention_1" to "attention_8".
        title: "Attention module 1".
        place: where the paper puts it.
        map: float32, (rows, columns), 0 to 1; the mean over channels for "full" attention.
        minimum: smallest value of the module, over all channels.
        maximum: largest value.
    """

    name: str
    title: str
    place: str
    map: np.ndarray
    minimum: float
    maximum: float

    @property
    def varies(self) -> bool:
        """Whether it treats some places otherwise than others."""
        return float(np.ptp(self.map)) >= _EVEN

    @property
    def resolution(self) -> tuple[int, int]:
        """(rows, columns) of the map."""
        return self.map.shape[0], self.map.shape[1]


def attention_maps(attention: Mapping[str, np.ndarray]) -> tuple[AttentionMap, ...]:
    """All modules of one image, in the network's order.

    Args:
        attention: by module name, float32, (rows, columns, channels), 0 to 1, as one forward
            pass leaves them.

    Returns:
        Empty for a network without attention.
    """
    names = [name for name in PLACES if name in attention]
    return tuple(_attention_map(name, attention[name]) for name in names)


def _attention_map(name: str, values: np.ndarray) -> AttentionMap:
    return AttentionMap(
        name=name,
        title=f"Attention module {name.rpartition('_')[2]}",
        place=PLACES[name],
        map=values.mean(axis=-1, dtype=np.float32),
        minimum=float(values.min()),
        maximum=float(values.max()),
    )


@dataclass(frozen=True, eq=False)
class AttentionSteps:
    """The paper's Figure 3 for one module and one image.

    Attributes:
        name: the module.
        before: float32, (rows, columns, channels), what enters the module.
        features: float32, (rows, columns, channels of the first convolution).
        map: float32, (rows, columns, 1 or channels), 0 to 1.
        after: float32, (rows, columns, channels), before times map.
    """

    name: str
    before: np.ndarray
    features: np.ndarray
    map: np.ndarray
    after: np.ndarray

    @property
    def mean_before(self) -> np.ndarray:
        """float32, (rows, columns): what enters the module, averaged over its channels."""
        return self.before.mean(axis=-1, dtype=np.float32)

    @property
    def mean_map(self) -> np.ndarray:
        """float32, (rows, columns), 0 to 1: the map, averaged where it has channels."""
        return self.map.mean(axis=-1, dtype=np.float32)

    @property
    def mean_after(self) -> np.ndarray:
        """float32, (rows, columns): what leaves the module, averaged over its channels."""
        return self.after.mean(axis=-1, dtype=np.float32)

    @property
    def kept_share(self) -> float:
        """How much of the features' mean magnitude the module lets through, 0 to 1."""
        before = float(np.abs(self.before).mean(dtype=np.float64))
        return float(np.abs(self.after).mean(dtype=np.float64)) / before if before > 0 else 0.0


def attention_steps(network: Any, image: np.ndarray, name: str) -> AttentionSteps:
    """Run the network up to one module and keep what it does, step by step.

    Args:
        network: a Keras network of ``arn_cnn.build``.
        image: float32, (64, 64, 1), 0 to 1.
        name: "attention_1" to "attention_8".

    Raises:
        ModelError: the network has no such module.
    """
    import keras

    present = {layer.name for layer in network.layers}
    if name not in PLACES or name not in present:
        raise ModelError(f"This network has no module {name!r}; it may be built without attention.")
    module = network.get_layer(name)
    wanted = [
        module.input[0],
        network.get_layer(f"{name}_features").output,
        network.get_layer(f"{name}_map").output,
        module.output,
    ]
    steps = keras.Model(network.input, wanted)(image[None], training=False)
    return AttentionSteps(name, *(keras.ops.convert_to_numpy(step)[0] for step in steps))
