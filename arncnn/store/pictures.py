"""What is kept of a scan's pixels: a picture, the network's input, a thumbnail, its values.

Never the original file: it can hold patient data in its header.
"""

import io
import zipfile
from dataclasses import dataclass

import numpy as np
from PIL import Image

from arncnn.errors import StoreError
from arncnn.intake.scan import Scan
from arncnn.store import full_pixels

DISPLAY_EDGE = 1024  # px: enough to look at on a screen
THUMBNAIL_EDGE = 256  # px


@dataclass(frozen=True, eq=False)
class Pixels:
    """The kept pixels of one case.

    Attributes:
        display: uint8, (height, width), 0 to 255, the longer side at most 1024.
        model_input: float32, (views, 64, 64, 1), 0 to 1: what the network saw.
    """

    display: np.ndarray
    model_input: np.ndarray

    def __post_init__(self) -> None:
        """Refuse arrays of another shape, type or range.

        Raises:
            StoreError: an array is not what the attributes above promise.
        """
        images = self.model_input
        if self.display.dtype != np.uint8 or self.display.ndim != 2 or self.display.size == 0:
            raise StoreError("The image to keep must be grey, 8 bits, height by width.")
        if images.dtype != np.float32 or images.ndim != 4 or images.shape[1:] != (64, 64, 1):
            raise StoreError("The network's input to keep must be float32, views x 64 x 64 x 1.")
        if not images.size or not (images.min() >= 0.0 and images.max() <= 1.0):
            raise StoreError("The network's input to keep must lie in 0 to 1.")


def shrunk(display: np.ndarray, edge: int) -> np.ndarray:
    """A picture no longer than ``edge`` on either side: uint8 (height, width), aspect kept."""
    longest = max(display.shape)
    if longest <= edge:
        return display
    height, width = (max(1, round(side * edge / longest)) for side in display.shape)
    image = Image.fromarray(display).resize((width, height), Image.Resampling.BOX)
    return np.asarray(image, dtype=np.uint8)


def pack(pixels: Pixels, scan: Scan | None = None) -> bytes:
    """The pixels as an npz, with the scan's values; the same pixels give the same bytes."""
    buffer = io.BytesIO()
    display = shrunk(pixels.display, DISPLAY_EDGE)
    np.savez_compressed(buffer, display=display, model_input=pixels.model_input)
    if scan is not None:
        full_pixels.add(buffer, scan, display)
    return buffer.getvalue()


def unpack(data: bytes) -> Pixels:
    """The pixels out of an npz made by ``pack``.

    Raises:
        StoreError: the bytes are no such file.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return Pixels(arrays["display"], arrays["model_input"])
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise StoreError("The stored pixels of this case cannot be read.") from error


def thumbnail(display: np.ndarray) -> bytes:
    """A PNG of at most 256 pixels a side, without any metadata."""
    buffer = io.BytesIO()
    Image.fromarray(shrunk(display, THUMBNAIL_EDGE)).save(buffer, format="PNG", optimize=False)
    return buffer.getvalue()
