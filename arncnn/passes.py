"""Passes: many images through a network, in batches, for their logits and features."""

from dataclasses import dataclass

import numpy as np

from arncnn import preprocess
from arncnn.data.augment import randomize
from arncnn.network.forward import ForwardPass
from arncnn.uncertainty.novelty_scores import FeatureSet

_BATCH = 256


@dataclass(frozen=True, eq=False)
class Passed:
    """Logits and features of many images: float32, (n, classes) and n rows of features."""

    logits: np.ndarray
    features: FeatureSet


def run(
    forward: ForwardPass,
    images: np.ndarray,
    rows: np.ndarray,
    rng: np.random.Generator | None = None,
) -> Passed:
    """Pass images through the network.

    Args:
        forward: the compiled network.
        images: uint8, (n, 64, 64).
        rows: int64, which of them.
        rng: randomises their appearance; None shows them as they are.
    """
    logits, vectors, pooled = [], [], []
    for start in range(0, len(rows), _BATCH):
        chunk = np.asarray(images[rows[start : start + _BATCH]])
        shown = chunk if rng is None else randomize(chunk, rng)
        found = forward(preprocess.normalize(shown))
        logits.append(found.logits)
        features = FeatureSet.of(found.vector, found.conv_map)
        vectors.append(features.vectors)
        pooled.append(features.pooled)
    return Passed(
        np.concatenate(logits), FeatureSet(np.concatenate(vectors), np.concatenate(pooled))
    )
