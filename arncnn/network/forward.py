"""ForwardPass: one compiled call that gives everything a reading is made of."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from arncnn.network.arn_cnn import LAST_CONV
from arncnn.network.hyper_parameters import INPUT_SIZE


@dataclass(frozen=True, eq=False)
class Features:
    """What one pass leaves behind, for one image or a batch.

    Attributes:
        logits: float32, (..., classes).
        vector: float32, (..., 256), after the dense layer's activation.
        conv_map: float32, (..., 8, 8, 125), the last convolution after its ReLU.
        attention: float32 maps by module name in the network's order, (..., height, width, 1 or
            channels), 0 to 1; empty for a network without attention.
    """

    logits: np.ndarray
    vector: np.ndarray
    conv_map: np.ndarray
    attention: dict[str, np.ndarray]

    def __getitem__(self, row: int) -> "Features":
        attention = {name: maps[row] for name, maps in self.attention.items()}
        return Features(self.logits[row], self.vector[row], self.conv_map[row], attention)

    def apart(self) -> "Features":
        """A copy that does not keep the whole batch in memory."""
        attention = {name: maps.copy() for name, maps in self.attention.items()}
        return Features(self.logits.copy(), self.vector.copy(), self.conv_map.copy(), attention)


class ForwardPass:
    """A network compiled for serving; safe to call from several threads."""

    def __init__(self, model: keras.Model) -> None:
        names = [layer.name for layer in model.layers if layer.name.endswith("_map")]
        self._attention = [name.removesuffix("_map") for name in names]
        wanted = ["logits", "dense", LAST_CONV, *names]
        outputs = [model.get_layer(name).output for name in wanted]
        self._call = _compiled(keras.Model(model.input, outputs))

    def __call__(self, images: np.ndarray) -> Features:
        """Run the network once.

        Args:
            images: float32, (n, 64, 64, 1), 0 to 1.
        """
        logits, vector, conv_map, *maps = self._call(np.ascontiguousarray(images, np.float32))
        return Features(
            np.asarray(logits, np.float32),
            np.asarray(vector, np.float32),
            np.asarray(conv_map, np.float32),
            {
                name: np.asarray(m, np.float32)
                for name, m in zip(self._attention, maps, strict=True)
            },
        )


def _compiled(model: keras.Model) -> Any:
    """A plain graph call where the backend is TensorFlow: ``predict`` costs ten times as much."""
    if keras.backend.backend() != "tensorflow":
        return model.predict_on_batch
    import tensorflow as tf

    specification = tf.TensorSpec((None, INPUT_SIZE, INPUT_SIZE, 1), tf.float32)

    @tf.function(input_signature=[specification])  # type: ignore[untyped-decorator]
    def call(images: Any) -> Any:
        return model(images, training=False)

    return call.get_concrete_function()
