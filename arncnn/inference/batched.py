"""Passes: many images through a network, in batches, for their logits and features."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from arncnn import preprocess
from arncnn.data.anatomy import Anatomy
from arncnn.data.appearance import randomize
from arncnn.uncertainty.novelty_scores import FeatureSet

if TYPE_CHECKING:
    from arncnn.network.forward import Features

_BATCH = 256


@dataclass(frozen=True, eq=False)
class Passed:
    """Logits and features of many images: float32, (n, classes) and n rows of features."""

    logits: np.ndarray
    features: FeatureSet


def run(
    forward: "Callable[[np.ndarray], Features]",
    images: np.ndarray,
    rows: np.ndarray,
    rng: np.random.Generator | None = None,
    anatomy: Anatomy | None = None,
) -> Passed:
    """Pass images through the network.

    Args:
        forward: the compiled network.
        images: uint8, (n, 64, 64).
        rows: int64, which of them.
        rng: randomises their appearance; None shows them as they are.
        anatomy: of all the images, where it is known.
    """
    logits, features = [], []
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        shown = np.asarray(images[part])
        if rng is not None:
            shown = randomize(shown, rng, None if anatomy is None else anatomy.take(part))
        found = forward(preprocess.normalize(shown))
        logits.append(found.logits)
        features.append(FeatureSet.of(found.vector, found.conv_map))
    return Passed(np.concatenate(logits), FeatureSet.joined(features))
