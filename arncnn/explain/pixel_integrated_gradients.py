"""Integrated gradients on the pixels (Sundararajan et al. 2017, equation 3)."""

from collections.abc import Callable

import numpy as np

from arncnn.explain.base import Maps
from arncnn.explain.probe import BATCH, Predict
from arncnn.progress import Progress

STEPS = 64


def pixel_integrated_gradients(
    predict: Predict,
    gradient: Callable[[np.ndarray, int], np.ndarray],
    image: np.ndarray,
    *,
    baseline: np.ndarray | None = None,
    steps: int = STEPS,
    progress: Progress | None = None,
) -> Maps:
    """Evidence of every pixel for every class, by a midpoint sum along the straight path.

    Args:
        predict: float32 images (n, height, width, 1) to logits (n, classes).
        gradient: images and a class index to d logit / d pixels, in the shape of the images.
        image: float32, (height, width, 1), 0 to 1.
        baseline: where the path begins, in the shape of the image; None is a black image.
        steps: points on the path.
        progress: told how many gradients are done.

    Returns:
        float32 maps, (classes, height, width), in logits. They sum to the logit of the image
        minus that of the baseline up to ``residual``, which shrinks with more steps.
    """
    start = np.zeros_like(image) if baseline is None else baseline.astype(np.float32)
    way = image - start
    first, last = predict(np.stack([start, image])).astype(np.float64)
    points = ((np.arange(steps) + 0.5) / steps).astype(np.float32)
    sums = np.zeros((len(last), *image.shape))
    done, total = 0, len(last) * steps
    for begin in range(0, steps, BATCH):
        part = points[begin : begin + BATCH]
        images = start + part[:, None, None, None] * way
        for label in range(len(last)):
            sums[label] += gradient(images, label).sum(axis=0, dtype=np.float64)
            done += len(part)
            if progress is not None:
                progress("integrated gradients", done, total)
    maps = (sums / steps * way)[..., 0].astype(np.float32)
    return Maps("pixel_integrated_gradients", maps, "logit", True, last - first)
