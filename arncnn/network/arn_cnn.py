"""ARN-CNN, top to bottom in the paper's order (Kavousinejad 2024, "Proposed Model").

| What the paper leaves open | Choice | Reason |
| --- | --- | --- |
| kernel of conv_1, conv_2, conv_3 | 3 x 3 | the residual block's, stated as 3 x 3 |
| padding | same | the maps must add and multiply cell by cell |
| pools | 2 x 2, stride 2 | halving; the block's pool needs "at least 2 x 2" |
| first attention conv | 1 x 1, half the channels, ReLU | the convs before give the context; |
| | | a 3 x 3 here doubled the cost of a training step on CPU |
| second attention conv | 1 x 1, sigmoid, 1 or C maps | "spatial": the map that is shown is the |
| | | map that multiplies; "full": one weight a value |
| batch normalisation | after each 3 x 3 conv of the block, before its ReLU | He et al. 2016 |
| its momentum | 0.9 | the running statistics settle within fifty steps, so that short |
| | | trainings are judged fairly |
| activation after the block's second conv | none before the attention | the sum is activated |
| L1 on dense kernels and biases | 1e-6 | with L2 a penalty near 0.1 at the start and below |
| L2 on the same | 1e-4 | 0.05 soon: the size of the V_loss in the paper's Table 1 |
| initialisation | Keras's (Glorot uniform, zeros) | nothing is said |
| GELU | exact, through erf | the paper's formula |

Layer names are fixed, because explanations look layers up by name:
``conv_1 pool_1 attention_1 attention_2 residual_conv_1 residual_norm_1 residual_relu_1
residual_conv_2 residual_norm_2 attention_3 residual_skip residual_add residual_relu
residual_pool conv_2 attention_4 conv_3 pool_3 attention_5 ... attention_8 conv_4 flatten dense
dropout logits``. Module ``attention_N`` is made of ``attention_N_features`` (ReLU),
``attention_N_map`` (sigmoid) and ``attention_N`` (their product with the input).

The softmax of the paper is left to the loss and to the Reader: the network ends in logits.
"""

from typing import Any

import keras
from keras import layers

from arncnn.network.hyper_parameters import INPUT_SIZE, VECTOR_LENGTH, HyperParameters

Tensor = Any  # a symbolic keras tensor
ATTENTION_MODULES = tuple(f"attention_{number}" for number in range(1, 9))
LAST_CONV = "conv_4"
BATCH_NORM_MOMENTUM = 0.9


def build(hyper: HyperParameters) -> keras.Model:
    """The network, untrained.

    Args:
        hyper: its hyper-parameters.

    Returns:
        A functional model: ``scan`` float32 (batch, 64, 64, 1), 0 to 1, to logits float32
        (batch, classes).
    """
    scan = keras.Input((INPUT_SIZE, INPUT_SIZE, 1), name="scan")
    x = _conv(scan, 32, hyper, "conv_1")  # (64, 64, 32)
    x = layers.MaxPooling2D(name="pool_1")(x)  # (32, 32, 32)
    x = attention(x, hyper, "attention_1")
    x = attention(x, hyper, "attention_2")
    x = residual_block(x, 64, hyper)  # (16, 16, 64)
    x = _conv(x, 64, hyper, "conv_2")
    x = attention(x, hyper, "attention_4")
    x = _conv(x, 256, hyper, "conv_3")  # (16, 16, 256)
    x = layers.MaxPooling2D(name="pool_3")(x)  # (8, 8, 256)
    for number in range(5, 9):
        x = attention(x, hyper, f"attention_{number}")
    x = _conv(x, 125, hyper, LAST_CONV, kernel_size=1)  # (8, 8, 125)
    return keras.Model(scan, head(x, hyper), name="arn_cnn")


def attention(x: Tensor, hyper: HyperParameters, name: str) -> Tensor:
    """Attention module: two convolutions make a map in 0 to 1 that multiplies the input.

    Args:
        x: (batch, height, width, channels).
        hyper: ``attention`` says how many maps.
        name: "attention_N".

    Returns:
        The attended features, in the shape of ``x``.
    """
    if hyper.attention == "none":
        return x
    channels = x.shape[-1]
    maps = 1 if hyper.attention == "spatial" else channels
    features = _conv(x, channels // 2, hyper, f"{name}_features", kernel_size=1)
    weights = layers.Conv2D(maps, 1, activation="sigmoid", name=f"{name}_map")(features)
    return layers.Multiply(name=name)([x, weights])  # one map broadcasts over the channels


def residual_block(x: Tensor, filters: int, hyper: HyperParameters) -> Tensor:
    """Residual block: conv, norm, ReLU, conv, norm, attention, plus the skip, ReLU, pool.

    Args:
        x: (batch, height, width, channels).
        filters: channels of the result.
        hyper: ``residual=False`` leaves the skip out and nothing else.

    Returns:
        (batch, height / 2, width / 2, filters).
    """
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False, name="residual_conv_1")(x)
    y = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name="residual_norm_1")(y)
    y = layers.Activation(hyper.conv_activation, name="residual_relu_1")(y)
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False, name="residual_conv_2")(y)
    y = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name="residual_norm_2")(y)
    y = attention(y, hyper, "attention_3")
    if hyper.residual:
        if x.shape[-1] != filters:
            x = layers.Conv2D(filters, 1, name="residual_skip")(x)
        y = layers.Add(name="residual_add")([y, x])
    y = layers.Activation(hyper.conv_activation, name="residual_relu")(y)
    if min(y.shape[1], y.shape[2]) >= 2:
        y = layers.MaxPooling2D(name="residual_pool")(y)
    return y


def head(x: Tensor, hyper: HyperParameters) -> Tensor:
    """Dense layers: flatten, dense 256, dropout, dense to the logits.

    Args:
        x: the last conv map, (batch, 8, 8, 125).
        hyper: activation, dropout rate, penalties, number of classes.

    Returns:
        Logits, float32 (batch, classes).
    """
    x = layers.Flatten(name="flatten")(x)  # (8000,), row, column, channel
    x = layers.Dense(VECTOR_LENGTH, hyper.dense_activation, name="dense", **_penalties(hyper))(x)
    x = layers.Dropout(hyper.dropout, name="dropout")(x)
    return layers.Dense(hyper.classes, name="logits", dtype="float32", **_penalties(hyper))(x)


def _conv(
    x: Tensor, filters: int, hyper: HyperParameters, name: str, kernel_size: int = 3
) -> Tensor:
    return layers.Conv2D(
        filters, kernel_size, padding="same", activation=hyper.conv_activation, name=name
    )(x)


def _penalties(hyper: HyperParameters) -> dict[str, keras.regularizers.Regularizer]:
    return {
        "kernel_regularizer": keras.regularizers.L1L2(hyper.l1, hyper.l2),
        "bias_regularizer": keras.regularizers.L1L2(hyper.l1, hyper.l2),
    }
