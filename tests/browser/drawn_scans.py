"""Scans for a whole story: drawn phantoms, no two alike, and a look that plain training never saw.

A model that was plainly trained reads an inverted head CT, white around a dark skull, as
something else, and is sure of it.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from tests.drawings.phantoms import PHANTOMS

_EDGE = 128  # px, of an uploaded scan
_DATA_EDGE = 64  # px, of a data set's image
_TURN_DEGREES, _ZOOM, _SHIFT = 8.0, 0.08, 0.03
_NOISE = 5.0  # grey levels


def fill(folder: Path, *, per_class: int) -> None:
    """Write a data set: one folder a class of the bundled models."""
    for label in PHANTOMS:
        (folder / label).mkdir(parents=True)
        for number in range(per_class):
            small = cv2.resize(
                _drawn(label, number), (_DATA_EDGE, _DATA_EDGE), interpolation=cv2.INTER_AREA
            )
            (folder / label / f"{number:06}.png").write_bytes(_png(small))


def inverted(label: str, *, beyond: int) -> Iterator[bytes]:
    """PNGs of one class as a viewer with inverted greys saves them, without end.

    Args:
        label: the class.
        beyond: the numbers below are the data set's.
    """
    while True:
        yield _png(255 - _drawn(label, beyond))
        beyond += 1


@cache
def _phantom(label: str) -> np.ndarray:
    return PHANTOMS[label]()


def _drawn(label: str, number: int) -> np.ndarray:
    """The class's phantom held a little differently, with noise of its own: uint8 (128, 128)."""
    random = np.random.default_rng([number, list(PHANTOMS).index(label)])
    phantom = _phantom(label)
    height, width = phantom.shape
    held = cv2.getRotationMatrix2D(
        (width / 2, height / 2),
        random.uniform(-_TURN_DEGREES, _TURN_DEGREES),
        random.uniform(1 - _ZOOM, 1 + _ZOOM),
    )
    held[:, 2] += random.uniform(-_SHIFT, _SHIFT, 2) * (width, height)
    moved = cv2.warpAffine(phantom, held, (width, height), borderMode=cv2.BORDER_REPLICATE)
    small = cv2.resize(moved, (_EDGE, _EDGE), interpolation=cv2.INTER_AREA)
    noisy = small + random.normal(0, _NOISE, small.shape)
    return noisy.clip(0, 255).astype(np.uint8)


def _png(picture: np.ndarray) -> bytes:
    return cv2.imencode(".png", picture)[1].tobytes()
