"""ResNet50 for 64 x 64 grey images: the comparison row of the paper's Table 6."""

import keras
from keras import layers

from arncnn.network.hyper_parameters import INPUT_SIZE


def resnet50(classes: int) -> keras.Model:
    """ResNet50 (He et al. 2016) from scratch, one grey channel, ending in logits.

    Args:
        classes: number of logits.

    Returns:
        A model with the ARN-CNN's input and output: ``scan`` float32 (batch, 64, 64, 1), 0 to 1,
        to logits float32 (batch, classes).
    """
    scan = keras.Input((INPUT_SIZE, INPUT_SIZE, 1), name="scan")
    body = keras.applications.ResNet50(
        include_top=False, weights=None, input_tensor=scan, pooling="avg"
    )
    logits = layers.Dense(classes, name="logits", dtype="float32")(body.output)
    return keras.Model(scan, logits, name="resnet50")
