"""known: a second output beside the classes, trained with outliers, that says "of these at all".

It looks at the mean and the maximum of the last conv map over its positions and at the
256-vector, through a hidden layer of 64. The path to the logits stays the paper's: what is
served is that network alone, and this output's arrays join the novelty scores.
"""

from typing import Any

import keras
from keras import layers

from arncnn.network.arn_cnn import LAST_CONV

OUTPUT = "known"
HIDDEN = 64
_NAMES = ("known_hidden", OUTPUT)


def with_known(network: keras.Model) -> keras.Model:
    """The same network with its logits and a second output.

    Args:
        network: what ``arn_cnn.build`` made; its layers are shared, not copied.

    Returns:
        A model from the same input to a dict: "logits" float32 (batch, classes) and "known"
        float32 (batch, 1), the logit of being of one of the classes.
    """
    conv_map = network.get_layer(LAST_CONV).output
    seen = layers.Concatenate(name="known_seen")(
        [
            layers.GlobalAveragePooling2D(name="known_mean")(conv_map),
            layers.GlobalMaxPooling2D(name="known_peak")(conv_map),
            network.get_layer("dense").output,
        ]
    )
    hidden = layers.Dense(HIDDEN, "relu", name="known_hidden")(seen)
    known = layers.Dense(1, name=OUTPUT, dtype="float32")(hidden)
    outputs = {"logits": network.get_layer("logits").output, OUTPUT: known}
    return keras.Model(network.input, outputs, name="arn_cnn_known")


def arrays(network: keras.Model) -> tuple[Any, Any, Any, Any] | None:
    """Kernels and biases of that output, in order; None for a network without it."""
    if OUTPUT not in {layer.name for layer in network.layers}:
        return None
    (kernel_1, bias_1), (kernel_2, bias_2) = (network.get_layer(n).get_weights() for n in _NAMES)
    return kernel_1, bias_1, kernel_2, bias_2


def copy_weights(trained: keras.Model, served: keras.Model) -> None:
    """Give a network the weights of another that has all its layers, by their names."""
    for layer in served.layers:
        layer.set_weights(trained.get_layer(layer.name).get_weights())
