"""Grown: a network's weights for another list of classes, the old classes' rows kept."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from arncnn.network import arn_cnn


def expanded_weights(
    network: keras.Model, before: Sequence[str], after: Sequence[str]
) -> list[np.ndarray]:
    """The weights for another list of classes; only the last layer differs.

    A new class begins with the mean row of the old ones: its logit is the mean of the old
    logits and so never the largest, and every scan reads as it did until training begins.

    Args:
        network: of the classes before.
        before: its classes, in the order of its logits.
        after: the classes wanted.

    Returns:
        Weights in the order of ``get_weights``; the last two are the kernel (256, classes)
        and the bias (classes,).
    """
    *trunk, kernel, bias = (np.asarray(value) for value in network.get_weights())
    position = {name: number for number, name in enumerate(before)}
    columns = [
        kernel[:, position[name]] if name in position else kernel.mean(axis=1) for name in after
    ]
    biases = [bias[position[name]] if name in position else bias.mean() for name in after]
    return [*trunk, np.stack(columns, axis=1), np.array(biases, bias.dtype)]


def save_renewed(network: keras.Model, hyper: arn_cnn.HyperParameters, file: Path) -> Path:
    """Write the weights with the last layer anew, at zero: all classes are equally likely.

    Args:
        network: whose other layers are kept.
        hyper: the hyper-parameters of the network wanted.
        file: to write; its folder is made.
    """
    renewed = arn_cnn.build(hyper)
    *trunk, kernel, bias = (np.asarray(value) for value in renewed.get_weights())
    kept = [np.asarray(value) for value in network.get_weights()][: len(trunk)]
    renewed.set_weights([*kept, np.zeros_like(kernel), np.zeros_like(bias)])
    file.parent.mkdir(parents=True, exist_ok=True)
    renewed.save_weights(file)
    return file


def save_expanded(
    network: keras.Model,
    hyper: arn_cnn.HyperParameters,
    before: Sequence[str],
    after: Sequence[str],
    file: Path,
) -> Path:
    """Write those weights as a ``.weights.h5``; give the file.

    Args:
        network: of the classes before.
        hyper: the hyper-parameters of the network wanted.
        before: the classes before.
        after: the classes wanted.
        file: to write; its folder is made.
    """
    expanded = arn_cnn.build(hyper)
    expanded.set_weights(expanded_weights(network, before, after))
    file.parent.mkdir(parents=True, exist_ok=True)
    expanded.save_weights(file)
    return file
