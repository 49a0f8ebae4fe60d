"""Several windows of one CT, one answer: how the readings of the views are combined.

Each view votes with its log probabilities, weighed by how much the view looks like
anything the model knows (its novelty p-value): a window that suits another body part
leaves a picture unlike all training images and so has little to say.
"""

import numpy as np


def weights(p_values: np.ndarray | None, views: int) -> np.ndarray:
    """What each view's vote counts.

    Args:
        p_values: novelty p-value of each view, 0 to 1; None without a novelty score.
        views: how many there are.

    Returns:
        float64, (views,), summing to 1.
    """
    if p_values is None:
        return np.full(views, 1 / views)
    return np.asarray(p_values, np.float64) / np.sum(p_values)


def combine(logits: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean of the views' log probabilities, as logits.

    Args:
        logits: float32, (views, classes).
        weight: float64, (views,), summing to 1.

    Returns:
        float32, (classes,); for one view the logits themselves.
    """
    if len(logits) == 1:
        return logits[0]
    return (weight[:, None] * logits).sum(axis=0).astype(np.float32)
