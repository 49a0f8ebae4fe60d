"""PNG, JPEG, TIFF and BMP by Pillow. Runs in the sandbox only (see ``worker``)."""

import warnings
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, TiffImagePlugin, UnidentifiedImageError

from arncnn.intake import budget, limits, tiff
from arncnn.intake.frames import aspect, check_size, choose
from arncnn.intake.grey import finite, luminance
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan

ImageFile.LOAD_TRUNCATED_IMAGES = False  # half a picture is no picture
Image.MAX_IMAGE_PIXELS = limits.MAX_PIXELS
# Pillow loads its formats at the first picture, all of them at the first TIFF: 10 to 30 ms in
# every child of the sandbox, unless they are there before it forks.
Image.preinit()
LOADED = (ImageOps, TiffImagePlugin)

_FORMATS = {"png": "PNG", "jpeg": "JPEG", "tiff": "TIFF", "bmp": "BMP"}
_GREY = frozenset({"1", "L", "I", "F", "I;16"})
_ALPHA = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
_ORIENTATION = 0x0112  # EXIF tag
_DEPTH = 24  # where a PNG states the bits of a sample
# Pillow takes the upper byte of a PNG's 16-bit colours; so it takes the lower one, or both
_BYTES_OF_COLOURS = (("RGB;16B", "RGB;16L"), ("RGBA;16B", "RGBA;16L"))
_GREY_WITH_ALPHA, _FOUR_BYTES = "LA;16B", "RGBA"


def _upright(pixels: NDArray[np.float32], orientation: int) -> NDArray[np.float32]:
    """The picture as it was seen, from EXIF orientation 1 to 8 (JEITA CP-3451, 4.6.4 A)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.T
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _loaded(image: ImageFile.ImageFile) -> ImageFile.ImageFile:
    try:
        image.load()
    except OSError as error:  # Pillow words a short file in two ways
        short = "truncated" in str(error) or "not processed" in str(error)
        raise refuse("truncated" if short else "damaged") from None
    return image


def _opened(source: BytesIO, kind: str) -> ImageFile.ImageFile:
    source.seek(0)
    try:
        return Image.open(source, formats=[_FORMATS[kind]])
    except Image.DecompressionBombError:
        most = limits.MAX_PIXELS // 1_000_000
        raise refuse("too_many_pixels", pixels=f"over {most}", limit=most) from None
    except UnidentifiedImageError:
        raise refuse("damaged") from None


def _deep_colour(source: BytesIO, image: ImageFile.ImageFile) -> NDArray[np.integer[Any]] | None:
    """The 16-bit samples of a PNG with colours or opacity, (height, width, 2 to 4); else None."""
    raw = image.tile[0].args if image.format == "PNG" and image.tile else ""
    if raw == _GREY_WITH_ALPHA:
        return _taken_as(image, _FOUR_BYTES).view(">u2")
    for upper, lower in _BYTES_OF_COLOURS:
        if raw == upper:
            high = _taken_as(image, upper).astype(np.uint16) << 8
            with _opened(source, "png") as again:
                return high | _taken_as(again, lower)
    return None


def _taken_as(image: ImageFile.ImageFile, raw: str) -> NDArray[np.uint8]:
    image.tile = [image.tile[0]._replace(args=raw)]
    return np.asarray(_loaded(image))


def _pixels(source: BytesIO, image: ImageFile.ImageFile) -> tuple[NDArray[np.float32], float]:
    """Grey values and colourfulness of a picture, whatever its mode; transparency is black."""
    key = image.info.get("transparency")
    deep = _deep_colour(source, image)
    if deep is not None:
        if deep.shape[2] == 2:
            return (deep[..., 0] * (deep[..., 1] / np.float32(65535))).astype(np.float32), 0.0
        grey, colourfulness = luminance(deep, 65535.0)
        if isinstance(key, tuple):
            grey[(deep == key).all(axis=2)] = 0
        return grey, colourfulness
    _loaded(image)
    if image.mode not in _GREY:
        transparent = image.mode in _ALPHA or key is not None
        return luminance(np.asarray(image.convert("RGBA" if transparent else "RGB")), 255.0)
    grey = np.asarray(image).astype(np.float32)
    if isinstance(key, int):
        depth = source.getbuffer()[_DEPTH]
        most = {1: 1, 8: 255, 16: 65535}.get(depth, 255)  # Pillow stretches 2 and 4 bits
        key = bool(key) if depth == 1 else key * most // (2**depth - 1)
        grey[grey == key] = 0
    return grey, 0.0


def decode(source: BytesIO, kind: str, frame: int | None) -> Scan:
    """One page of a picture.

    Args:
        source: the whole file.
        kind: "png", "jpeg", "tiff" or "bmp", as sniffed; no other decoder is tried.
        frame: page of a TIFF, from 0; None for the middle one.

    Returns:
        A Scan without ``sha256``; grey in the file's own range (0 to 255 or 65535, or signed,
        or floats).

    Raises:
        IntakeError: sizes beyond the limits, no such page, damaged or cut data.
    """
    pages = tiff.pages(source) if kind == "tiff" else []
    index = choose(frame, max(1, len(pages)))  # an animated PNG is its first picture
    page = pages[index] if pages else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own bomb warning is stricter here, as an error
        if page and not page.is_plain:
            pixels, colourfulness = tiff.decode(source, page)
            orientation = page.orientation
            pixels = _upright(pixels, orientation)
        else:
            if page:
                tiff.turn_to(source, page.start)
            with _opened(source, kind) as image:
                check_size(image.width, image.height)
                budget.allow(pixels=image.width * image.height)
                pixels, colourfulness = _pixels(source, image)
                orientation = page.orientation if page else image.getexif().get(_ORIENTATION, 1)
            if not page:  # Pillow has turned a TIFF
                pixels = _upright(pixels, orientation)
    is_turned = orientation in range(2, 9)
    ratio = page.aspect if page else 1.0
    return Scan(
        pixels=finite(pixels),
        sha256="",
        kind=kind,
        colourfulness=colourfulness,
        frame=index,
        frames=max(1, len(pages)),
        aspect=aspect(1.0, ratio) if orientation in range(5, 9) else aspect(ratio, 1.0),
        warnings=("The image was rotated upright according to its orientation tag.",)
        if is_turned
        else (),
    )
