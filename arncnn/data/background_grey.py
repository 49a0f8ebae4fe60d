"""Background grey: by what lies behind the anatomy Medical MNIST's classes can be told apart.

Every class of Medical MNIST was exported in its own way, so the grey of a picture's corners
nearly names its class. A model can score high on such a data set and know no anatomy.
"""

import numpy as np

from arncnn.data import Dataset

_LEVELS = 256
_CORNER = 4  # px; one pixel alone is noisy after JPEG
_LEFT, _RIGHT = slice(None, _CORNER), slice(-_CORNER, None)
_BLOCK = 8192  # images at a time: 32 MB


def corner_median(images: np.ndarray) -> np.ndarray:
    """The median of the four corners of every image, 4 by 4 pixels each.

    Args:
        images: (n, height, width), in any unit.

    Returns:
        float64, (n,), in the same unit.

    >>> corner_median(np.full((1, 64, 64), 7)).tolist()
    [7.0]
    """
    top, bottom = images[:, :_CORNER], images[:, -_CORNER:]
    parts = [side[:, :, ends] for side in (top, bottom) for ends in (_LEFT, _RIGHT)]
    corners = np.concatenate([part.reshape(len(images), -1) for part in parts], axis=1)
    return np.median(corners, axis=1).astype(np.float64)


def two_numbers(images: np.ndarray) -> np.ndarray:
    """Corner median and minimum of every image: float64, (n, 2)."""
    minimum = images.reshape(len(images), -1).min(axis=1)
    return np.stack([corner_median(images), minimum.astype(np.float64)], axis=1)


def histograms(dataset: Dataset) -> dict[str, list[int]]:
    """For each class, how many images have a corner median of 0, 1, ... 255 (rounded)."""
    counts = np.zeros((len(dataset.labels), _LEVELS), np.int64)
    for start in range(0, len(dataset), _BLOCK):
        rows = slice(start, start + _BLOCK)
        levels = np.rint(corner_median(np.asarray(dataset.images[rows]))).astype(np.int64)
        np.add.at(counts, (dataset.targets[rows], levels), 1)
    return {label: row.tolist() for label, row in zip(dataset.labels, counts, strict=True)}
