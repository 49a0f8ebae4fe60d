"""PNG, JPEG, TIFF and BMP by Pillow. Runs in the sandbox only (see ``child``)."""

import warnings
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from arncnn.intake import budget, limits
from arncnn.intake.frames import check_size, choose
from arncnn.intake.grey import finite, luminance
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan

ImageFile.LOAD_TRUNCATED_IMAGES = False  # half a picture is no picture
Image.MAX_IMAGE_PIXELS = limits.MAX_PIXELS

_FORMATS = {"png": "PNG", "jpeg": "JPEG", "tiff": "TIFF", "bmp": "BMP"}
_GREY = frozenset({"1", "L", "I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
_ALPHA = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
_ORIENTATION = 0x0112  # EXIF tag
_PHOTOMETRIC = 0x0106  # TIFF tag PhotometricInterpretation


def _upright(pixels: NDArray[np.float32], orientation: int) -> NDArray[np.float32]:
    """The picture as it was seen, from EXIF orientation 1 to 8 (JEITA CP-3451, 4.6.4 A)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.T
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _pixels(image: Image.Image) -> tuple[NDArray[np.float32], float]:
    """Grey values and colourfulness of a loaded picture, whatever its mode."""
    if image.mode in _GREY and "transparency" not in image.info:
        grey = np.asarray(image).astype(np.float32)
        white_is_zero = getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == 0
        if white_is_zero and image.mode.startswith("I;16"):  # Pillow turns only 1 and 8 bits
            grey = np.float32(65535) - grey
        return grey, 0.0
    transparent = image.mode in _ALPHA or "transparency" in image.info
    return luminance(np.asarray(image.convert("RGBA" if transparent else "RGB")), 255.0)


def decode(source: BytesIO, kind: str, frame: int | None) -> Scan:
    """One page of a picture.

    Args:
        source: the whole file.
        kind: "png", "jpeg", "tiff" or "bmp", as sniffed; no other decoder is tried.
        frame: page of a TIFF, from 0; None for the middle one.

    Returns:
        A Scan without ``sha256``; pixels in the file's own range (0 to 255 or 65535).

    Raises:
        IntakeError: sizes beyond the limits, no such page, damaged or cut data.
    """
    notes: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own bomb warning is stricter below, as an error
        try:
            image = Image.open(source, formats=[_FORMATS[kind]])
        except (UnidentifiedImageError, Image.DecompressionBombError) as error:
            if isinstance(error, Image.DecompressionBombError):
                raise refuse(
                    "too_many_pixels",
                    pixels=f"over {limits.MAX_PIXELS // 1_000_000}",
                    limit=limits.MAX_PIXELS // 1_000_000,
                ) from None
            raise refuse("damaged") from None
        with image:
            frames = _frames(image, kind)
            index = choose(frame, frames)
            if index:
                image.seek(index)
            check_size(image.width, image.height)
            budget.allow(image.width * image.height)
            orientation = image.getexif().get(_ORIENTATION, 1)
            try:
                image.load()
            except OSError as error:  # Pillow words a short file in two ways
                short = "truncated" in str(error) or "not processed" in str(error)
                raise refuse("truncated" if short else "damaged") from None
            pixels, colourfulness = _pixels(image)
    if orientation in range(2, 9):
        pixels = _upright(pixels, orientation)
        notes.append("The picture was turned upright as its camera noted.")
    return Scan(
        pixels=finite(pixels),
        sha256="",
        kind=kind,
        colourfulness=colourfulness,
        frame=index,
        frames=frames,
        warnings=tuple(notes),
    )


def _frames(image: Image.Image, kind: str) -> int:
    """Pages of a TIFF, counted no further than the limit; 1 for every other kind."""
    if kind != "tiff":
        return 1  # an animated PNG is its first picture
    count = 1
    try:
        while True:
            image.seek(count)
            count += 1
            if count > limits.MAX_TIFF_PAGES:
                raise refuse("too_many_frames", frames=f"over {count - 1}", limit=count - 1)
    except EOFError:
        image.seek(0)
    return count
