"""Attention modules one after another, their first convolutions made one: tried for speed only.

A spatial map multiplies all channels of a cell alike, so it can be taken out of a 1 x 1
convolution: conv(x * map) = map * conv(x). All modules of a row then convolve the same input,
in one convolution with concatenated filters; the input is multiplied once, by all maps together.
"""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from arncnn.network import arn_cnn
from arncnn.network.hyper_parameters import INPUT_SIZE, HyperParameters


class Row(layers.Layer):
    """Modules of a row, by their parameters."""

    def __init__(self, modules: int, name: str) -> None:
        super().__init__(name=name)
        self.modules = modules

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Parameters of all modules, one behind another."""
        channels = int(shape[-1] or 0)
        inner = channels // 2 * self.modules
        self.kernel = self.add_weight(shape=(1, 1, channels, inner), name="kernel")
        self.bias = self.add_weight(shape=(inner,), initializer="zeros", name="bias")
        self.maps = [
            self.add_weight(shape=(1, 1, channels // 2, 1), name=f"map_{number}")
            for number in range(self.modules)
        ]
        self.map_biases = self.add_weight(
            shape=(self.modules,), initializer="zeros", name="map_biases"
        )

    def call(self, x: Any) -> Any:
        """(batch, height, width, channels) to the same."""
        parts = ops.split(ops.conv(x, self.kernel), self.modules, axis=-1)
        biases = ops.split(self.bias, self.modules)
        gate = None
        for number, (part, bias, kernel) in enumerate(zip(parts, biases, self.maps, strict=True)):
            features = ops.relu((part if gate is None else part * gate) + bias)
            weights = ops.sigmoid(ops.conv(features, kernel) + self.map_biases[number])
            gate = weights if gate is None else gate * weights
        return x * gate

    def take(self, model: keras.Model, first: int) -> None:
        """The parameters of a real network's modules, from ``attention_<first>`` on."""
        names = [f"attention_{first + number}" for number in range(self.modules)]
        features = [model.get_layer(f"{name}_features").get_weights() for name in names]
        found = [model.get_layer(f"{name}_map").get_weights() for name in names]
        self.kernel.assign(np.concatenate([kernel for kernel, _ in features], axis=-1))
        self.bias.assign(np.concatenate([bias for _, bias in features]))
        for mine, (kernel, _) in zip(self.maps, found, strict=True):
            mine.assign(kernel)
        self.map_biases.assign(np.concatenate([bias for _, bias in found]))


_ROWS = {"row_1": 1, "row_4": 4, "row_5": 5}


def build(hyper: HyperParameters) -> keras.Model:
    """``arn_cnn.build`` with rows of attention modules fused where there are several."""
    if hyper.attention != "spatial":
        raise ValueError("a map of its own for every channel cannot be taken out")
    scan = keras.Input((INPUT_SIZE, INPUT_SIZE, 1), name="scan")
    x = layers.MaxPooling2D(name="pool_1")(arn_cnn._conv(scan, 32, hyper, "conv_1"))
    x = arn_cnn.residual_block(Row(2, "row_1")(x), 64, hyper)
    x = Row(1, "row_4")(arn_cnn._conv(x, 64, hyper, "conv_2"))
    x = layers.MaxPooling2D(name="pool_3")(arn_cnn._conv(x, 256, hyper, "conv_3"))
    x = arn_cnn._conv(Row(4, "row_5")(x), 125, hyper, arn_cnn.LAST_CONV, kernel_size=1)
    return keras.Model(scan, arn_cnn.head(x, hyper), name="arn_cnn")


def like(model: keras.Model, hyper: HyperParameters) -> keras.Model:
    """The fused network with the parameters of a real one."""
    fused = build(hyper)
    for layer in fused.layers:
        if isinstance(layer, Row):
            layer.take(model, _ROWS[layer.name])
        else:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return fused
