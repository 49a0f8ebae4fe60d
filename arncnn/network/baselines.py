"""ResNet50 for 64 x 64 grey images: the comparison row of the paper's Table 6."""

import keras
from keras import layers

from arncnn.network.hyper_parameters import INPUT_SIZE


def resnet50(
    classes: int, *, stem: keras.layers.Layer | None = None, name: str = "resnet50"
) -> keras.Model:
    """ResNet50 (He et al. 2016) from scratch, one grey channel, ending in logits.

    Args:
        classes: number of logits.
        stem: a layer before it; None gives it the scan.
        name: of the model.

    Returns:
        A model with the ARN-CNN's input and output: ``scan`` float32 (batch, 64, 64, 1), 0 to 1,
        to logits float32 (batch, classes).
    """
    scan = keras.Input((INPUT_SIZE, INPUT_SIZE, 1), name="scan")
    seen = scan if stem is None else stem(scan)
    body = keras.applications.ResNet50(
        include_top=False, weights=None, input_tensor=seen, pooling="avg"
    )
    logits = layers.Dense(classes, name="logits", dtype="float32")(body.output)
    return keras.Model(scan, logits, name=name)
