"""One file of a data set as an image of it, decoded as a file to be read is."""

from io import BytesIO

import numpy as np

from arncnn.data.dataset import SIDE
from arncnn.errors import DataError, IntakeError
from arncnn.intake import Scan, open_bytes, raster
from arncnn.preprocess import model_input, normalize, resize

DECODING = b"2"
"""Raised when files are decoded to other images than before."""

_HELD = 1 / 255  # largest difference that 8 bits may make to what the network sees


class NoPictureError(DataError):
    """A file that is no picture which the intake reads."""


def decode(data: bytes, where: str, *, is_known: bool = False) -> np.ndarray:
    """One picture as the pack keeps it: uint8, (64, 64), grey; the same as reading sees.

    The intake decodes it, so it is turned, windowed and inverted as for a reading. Where 8 bits
    of its own brightness hold what the network sees of it, they are kept; else it is stretched as
    the network's input is. Of a CT in Hounsfield units the first view is kept.

    Args:
        data: the bytes of a file that the intake reads.
        where: words that help to find the file, for the message.
        is_known: whether these very JPEGs were proven by their sum, so that the same
            decoder may run here: the sandbox would take five times as long for 58,954 of 1 kB.

    Raises:
        NoPictureError: with the reason why it is none.
        DataError: nothing can be decoded here.
    """
    try:
        scan = raster.decode(BytesIO(data), "jpeg", None) if is_known else open_bytes(data)
        if _is_eight_bit(scan):
            return scan.pixels.astype(np.uint8)
        seen = model_input(scan).images[0, ..., 0]
    except IntakeError as error:
        kind = DataError if error.code == "sandbox" else NoPictureError
        raise kind(f"The image {where} cannot be decoded. {error}") from None
    if not (scan.windows or scan.is_hounsfield) and scan.pixels.min() >= 0:
        step = 2.0 ** max(0, int(scan.pixels.max()).bit_length() - 8)
        kept = np.clip(np.rint(resize(scan.pixels) / step), 0, 255).astype(np.uint8)
        if np.abs(normalize(kept[None])[0, ..., 0] - seen).max() < _HELD:
            return kept
    return np.rint(seen * 255).astype(np.uint8)


def _is_eight_bit(scan: Scan) -> bool:
    """Whether a picture can be kept value for value, as Medical MNIST's are."""
    pixels = scan.pixels
    if pixels.shape != (SIDE, SIDE) or scan.windows or scan.is_hounsfield:
        return False
    return bool(pixels.min() >= 0 and pixels.max() <= 255 and (pixels == np.rint(pixels)).all())
