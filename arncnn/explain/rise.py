"""RISE (Petsiuk et al. 2018): average random masks, each weighed by the answer it leaves."""

import cv2
import numpy as np

from arncnn.explain.base import Maps
from arncnn.explain.probe import BATCH, Predict
from arncnn.progress import Progress
from arncnn.uncertainty.temperature import softmax

MASKS = 1000
_GRID = 7  # cells of the coarse mask, the paper's
_KEPT = 0.5  # share of the cells that stay visible, the paper's


def rise(
    predict: Predict,
    image: np.ndarray,
    *,
    masks: int = MASKS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Maps:
    """The expected probability of every class given that a pixel is visible (equation 6).

    Args:
        predict: float32 images (n, height, width, 1) to logits (n, classes).
        image: float32, (height, width, 1), 0 to 1.
        masks: number of random masks.
        seed: of the masks.
        progress: told how many masks are done.

    Returns:
        float32 maps, (classes, height, width), probabilities, 0 to 1. Even a pixel that does
        not matter has the mean probability over all masks: compare places, not with zero.
    """
    generator = np.random.default_rng(seed)
    height, width = image.shape[:2]
    total: np.ndarray | float = 0.0
    seen = np.zeros((height, width))
    for start in range(0, masks, BATCH):
        count = min(BATCH, masks - start)
        drawn = np.stack([_mask(generator, height, width) for _ in range(count)])
        probabilities = softmax(predict(image[None] * drawn[..., None]))
        total = total + np.einsum("nk,nrc->krc", probabilities, drawn)
        seen += drawn.sum(axis=0)
        if progress is not None:
            progress("RISE", start + count, masks)
    # Divided by what was drawn, not by its expectation: a probability then stays one.
    values = total / np.maximum(seen, np.finfo(np.float64).tiny)
    return Maps("rise", values.astype(np.float32), "probability", False, reference=1.0)


def _mask(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A coarse binary grid, enlarged bilinearly and cut at a random offset; float32, 0 to 1."""
    cell_height, cell_width = -(-height // _GRID), -(-width // _GRID)
    coarse = (generator.random((_GRID + 1, _GRID + 1)) < _KEPT).astype(np.float32)
    size = ((_GRID + 1) * cell_width, (_GRID + 1) * cell_height)
    enlarged = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    row, column = generator.integers(cell_height), generator.integers(cell_width)
    return enlarged[row : row + height, column : column + width]
