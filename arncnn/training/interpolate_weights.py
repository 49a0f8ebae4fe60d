"""retained: a fine-tune is to learn from new scans and to lose nothing that was known.

Between the weights that a fine-tune began with and those it ended with, both good, lie means of
the two that keep nearly all that was learned and lose less of what was known (Wortsman et al.
2022, "Robust fine-tuning of zero-shot models"). How much of the new is taken is decided by the
images that training watches and never learns from.
"""

from collections.abc import Sequence

import keras
import numpy as np

from arncnn.training.examples import Examples
from arncnn.training.validation import forward

SHARES = (1.0, 0.75, 0.5, 0.35, 0.25, 0.15)  # of the new weights, the most first


def interpolate_weights(
    network: keras.Model, before: Sequence[np.ndarray], watched: Examples
) -> float:
    """Put in the mean with the most of the new weights that is wrong on nothing that was right.

    Their count alone would not do: errors mended would pay for new ones.

    Args:
        network: with the new weights; is given the mean.
        before: the weights that the fine-tune began with.
        watched: what training watches.

    Returns:
        The share of the new weights, one of ``SHARES``; the smallest when none keeps all.
    """
    after = network.get_weights()
    network.set_weights(before)
    was_right = _is_right(network, watched)
    for share in SHARES:
        network.set_weights(mean(before, after, share))
        if _is_right(network, watched)[was_right].all():
            break
    return share


def mean(
    one: Sequence[np.ndarray], other: Sequence[np.ndarray], share_of_other: float
) -> list[np.ndarray]:
    """The weighted mean of two lists of weights."""
    return [
        (1 - share_of_other) * first + share_of_other * second
        for first, second in zip(one, other, strict=True)
    ]


def _is_right(network: keras.Model, watched: Examples) -> np.ndarray:
    answers = forward(network, watched.images[watched.rows]).argmax(axis=1)
    return np.asarray(answers == watched.targets[watched.rows])
