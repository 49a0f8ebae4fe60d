"""A scan's values in the smallest type that holds every one of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

_WHOLE: Mapping[str, type[np.integer[Any]]] = {"u1": np.uint8, "i2": np.int16, "u2": np.uint16}
FLOAT = "f4"


def exact(pixels: np.ndarray) -> tuple[str, np.ndarray]:
    """The values without loss.

    Args:
        pixels: float32, any shape.

    Returns:
        The type's name for the viewer, "u1", "i2", "u2" or ``FLOAT``, and the values in it.

    >>> exact(np.array([0.0, 300.0], np.float32))
    ('i2', array([  0, 300], dtype=int16))
    """
    low, high = pixels.min(), pixels.max()
    for name, kind in _WHOLE.items():
        bounds = np.iinfo(kind)
        if bounds.min <= low and high <= bounds.max:
            whole = pixels.astype(kind)
            if np.array_equal(whole, pixels):
                return name, whole
            break  # a value between two whole numbers is one in every wider type
    return FLOAT, pixels.astype(np.float32)
