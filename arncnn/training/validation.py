"""Validation: logits of many images by a network in training."""

from typing import Any

import keras
import numpy as np

from arncnn.preprocess import normalize

_FORWARD_BATCH = 256


def forward(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Logits of many images of the data set.

    Args:
        model: the network.
        images: uint8, (n, 64, 64).

    Returns:
        float32, (n, classes).
    """
    parts = [
        _logits(
            model.predict_on_batch(normalize(np.asarray(images[start : start + _FORWARD_BATCH])))
        )
        for start in range(0, len(images), _FORWARD_BATCH)
    ]
    return np.concatenate(parts).astype(np.float32)


def _logits(found: Any) -> np.ndarray:
    return np.asarray(found["logits"] if isinstance(found, dict) else found)
