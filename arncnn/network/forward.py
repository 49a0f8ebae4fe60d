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
        before: float32, (..., 256), the dense layer before its activation, which Grad-CAM asks
            for; None where nobody kept it.
    """

    logits: np.ndarray
    vector: np.ndarray
    conv_map: np.ndarray
    attention: dict[str, np.ndarray]
    before: np.ndarray | None = None

    def __getitem__(self, row: int) -> "Features":
        attention = {name: maps[row] for name, maps in self.attention.items()}
        before = None if self.before is None else self.before[row]
        return Features(self.logits[row], self.vector[row], self.conv_map[row], attention, before)

    def apart(self) -> "Features":
        """A copy that does not keep the whole batch in memory."""
        attention = {name: maps.copy() for name, maps in self.attention.items()}
        arrays = (self.logits.copy(), self.vector.copy(), self.conv_map.copy())
        before = None if self.before is None else self.before.copy()
        return Features(*arrays, attention, before)


class ForwardPass:
    """A network compiled for serving; safe to call from several threads."""

    def __init__(self, model: keras.Model) -> None:
        names = [layer.name for layer in model.layers if layer.name.endswith("_map")]
        self._attention = [name.removesuffix("_map") for name in names]
        dense = model.get_layer("dense")
        before = _Sums(dense)(model.get_layer("flatten").output)
        vector = dense.activation(before)
        outputs = [model.get_layer("logits")(vector), vector, before]
        outputs += [model.get_layer(name).output for name in (LAST_CONV, *names)]
        self._call = _compiled(keras.Model(model.input, outputs))

    def __call__(self, images: np.ndarray) -> Features:
        """Run the network once.

        Args:
            images: float32, (n, 64, 64, 1), 0 to 1.
        """
        given = np.ascontiguousarray(images, np.float32)
        logits, vector, before, conv_map, *maps = self._call(given)
        return Features(
            np.asarray(logits, np.float32),
            np.asarray(vector, np.float32),
            np.asarray(conv_map, np.float32),
            {
                name: np.asarray(m, np.float32)
                for name, m in zip(self._attention, maps, strict=True)
            },
            np.asarray(before, np.float32),
        )


class _Sums(keras.layers.Layer):  # type: ignore[misc]
    """A dense layer without its activation.

    Grad-CAM asks for the sums, and to work them out from the conv map again takes as long as a
    tenth of the pass: the kernel is 8 MB. Dropout, between this layer and the next, does nothing
    when reading.
    """

    def __init__(self, dense: keras.layers.Dense) -> None:
        super().__init__()
        self._dense = dense

    def call(self, flat: Any) -> Any:
        """(n, features) to (n, units)."""
        return keras.ops.matmul(flat, self._dense.kernel) + self._dense.bias


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
