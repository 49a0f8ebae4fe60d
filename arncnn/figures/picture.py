"""Pictures for the eye: a scan as shown, a map laid over it, a colour scale.

A map is never stretched to its own range: the caller gives the scale, so that a weak map
looks weak. Signed evidence runs from blue (against) over nothing to orange (for); maps
without a sign are cividis. Both can be told apart with any kind of colour vision.
"""

import base64
import io

import cv2
import numpy as np
from PIL import Image

from arncnn.intake.scan import Scan, Window
from arncnn.preprocess import CT_WINDOWS, apply_window

EDGE = 512  # px of the longer side of a picture on a page
# RGB; ColorBrewer's RdBu and PuOr. Equally bright (relative luminance 0.26 and 0.25), so that
# over a dark scan evidence against shows as plainly as evidence for.
_AGAINST, _FOR = (67, 147, 195), (230, 97, 1)
_PERCENTILES = (0.5, 99.5)  # the range shown when a file names no window
_EIGHT_BIT = 255.0
_LONGEST = 4096  # px that an oblong picture is drawn out to, where it is no longer itself


def windows(scan: Scan) -> tuple[Window, ...]:
    """The windows to offer for a scan, the default first: the file's own, then the usual ones.

    A picture that names none and has no Hounsfield units gets its own full range.
    """
    usual = CT_WINDOWS if scan.is_hounsfield else ()
    return (*scan.windows, *usual) or (_full_range(scan),)


def display(scan: Scan, window: Window | None = None) -> np.ndarray:
    """A scan as shown, in its true shape: what is drawn, kept or reported of it starts here.

    Args:
        scan: any scan; where its pixels are oblong, there are more rows or columns than it has.
        window: None takes the first of ``windows``.

    Returns:
        uint8, (height, width) of square pixels, 0 to 255.
    """
    shown = apply_window(scan.pixels, window or windows(scan)[0])
    grey = np.round(shown * _EIGHT_BIT).astype(np.uint8)
    if scan.aspect == 1:
        return grey
    height, width = grey.shape
    shape = (height * max(1.0, scan.aspect), width * max(1.0, 1 / scan.aspect))
    scale = min(1.0, max(_LONGEST, height, width) / max(shape))
    wanted = max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
    return enlarge(grey, wanted)


def enlarge(picture: np.ndarray, shape: tuple[int, int], *, smooth: bool = True) -> np.ndarray:
    """A picture or map at another size, aspect as asked for.

    Args:
        picture: (rows, columns) or (rows, columns, colours).
        shape: (height, width) wanted.
        smooth: False keeps every cell a hard-edged rectangle.
    """
    if smooth:
        shrinks = shape[0] < picture.shape[0]
        method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    else:
        method = cv2.INTER_NEAREST
    return cv2.resize(picture, (shape[1], shape[0]), interpolation=method)


def fit(picture: np.ndarray, edge: int = EDGE, *, smooth: bool = True) -> np.ndarray:
    """A picture whose longer side is ``edge``, aspect kept."""
    return enlarge(picture, fitted(picture.shape[:2], edge), smooth=smooth)


def fitted(shape: tuple[int, int], edge: int = EDGE) -> tuple[int, int]:
    """(height, width) with ``edge`` as the longer side, aspect kept.

    >>> fitted((100, 50), 256), fitted((3, 4096), 512)
    ((256, 128), (1, 512))
    """
    height, width = shape
    longest = max(shape)
    return max(1, round(height * edge / longest)), max(1, round(width * edge / longest))


def as_grey(values: np.ndarray) -> np.ndarray:
    """Values from 0 to 1 as uint8, same shape."""
    return np.round(np.clip(values, 0.0, 1.0) * _EIGHT_BIT).astype(np.uint8)


def overlay(
    picture: np.ndarray,
    values: np.ndarray,
    *,
    scale: float,
    is_signed: bool,
    opacity: float,
    smooth: bool,
) -> np.ndarray:
    """A map laid over a picture.

    Args:
        picture: uint8, (height, width).
        values: float32, (rows, columns), in the map's unit.
        scale: the magnitude that gets the full colour, in the same unit.
        is_signed: whether values below 0 mean "against".
        opacity: 0 to 1, of a cell that reaches the scale.
        smooth: False shows the map's own grid.

    Returns:
        uint8, (height, width, 3), RGB.
    """
    strength, colours = _drawn(values, picture.shape[:2], scale, is_signed, smooth)
    alpha = np.float32(opacity) * strength
    # OpenCV's blend: twice as fast as the same sum in NumPy.
    return cv2.blendLinear(colours, cv2.merge([picture] * 3), alpha, 1 - alpha)


def layer(
    values: np.ndarray,
    shape: tuple[int, int],
    *,
    scale: float,
    is_signed: bool,
    smooth: bool,
) -> np.ndarray:
    """A map alone, to be laid over a picture: as strong as it is, so transparent where it is 0.

    Drawn over a picture with some opacity it looks as ``overlay`` does with that opacity.

    Args:
        values: float32, (rows, columns), in the map's unit.
        shape: (height, width) wanted.
        scale: the magnitude that gets the full colour, in the same unit.
        is_signed: whether values below 0 mean "against".
        smooth: False shows the map's own grid.

    Returns:
        uint8, (height, width, 4), RGB and alpha.
    """
    strength, colours = _drawn(values, shape, scale, is_signed, smooth)
    return np.dstack([colours, as_grey(strength)])


def layer_png(
    values: np.ndarray,
    shape: tuple[int, int],
    *,
    scale: float,
    is_signed: bool,
    smooth: bool,
) -> bytes:
    """``layer`` as PNG; without a sign by a palette, the same to the last bit in half of it."""
    if is_signed:
        drawn = layer(values, shape, scale=scale, is_signed=True, smooth=smooth)
        return png(drawn)
    levels = np.arange(256, dtype=np.uint8)
    indexed = Image.fromarray(as_grey(_shares(values, shape, scale, smooth))).convert("P")
    indexed.putpalette(palette(levels / np.float32(_EIGHT_BIT), is_signed=False).tobytes())
    stored = io.BytesIO()
    indexed.save(stored, "PNG", transparency=levels.tobytes(), compress_level=1)
    return stored.getvalue()


def _drawn(
    values: np.ndarray, shape: tuple[int, int], scale: float, is_signed: bool, smooth: bool
) -> tuple[np.ndarray, np.ndarray]:
    """How strong each pixel is, float32, (height, width), 0 to 1, and its colour, RGB."""
    shares = _shares(values, shape, scale, smooth)
    strength = np.clip(np.abs(shares) if is_signed else shares, 0.0, 1.0)
    return strength, palette(shares, is_signed=is_signed)


def _shares(values: np.ndarray, shape: tuple[int, int], scale: float, smooth: bool) -> np.ndarray:
    """What share of the scale each pixel has: float32, (height, width)."""
    exact = np.asarray(values, np.float32)
    share = exact / np.float32(scale) if scale > 0 else np.zeros_like(exact)
    return enlarge(share, shape, smooth=smooth)


def palette(strength: np.ndarray, *, is_signed: bool) -> np.ndarray:
    """Colours of strengths: -1 to 1 when signed, else 0 to 1.

    Returns:
        uint8, (..., 3), RGB.
    """
    if is_signed:
        is_against = strength < 0
        ends = zip(_AGAINST, _FOR, strict=True)
        return np.stack([np.where(is_against, np.uint8(a), np.uint8(f)) for a, f in ends], axis=-1)
    grey = as_grey(strength)
    colours = cv2.applyColorMap(grey.reshape(-1, 1), cv2.COLORMAP_CIVIDIS)
    return colours[:, 0, ::-1].reshape(*grey.shape, 3)


def scale_colours(*, is_signed: bool, is_opaque: bool = False, steps: int = 9) -> tuple[str, ...]:
    """The colour scale from its low end to its high end, as CSS colours.

    Args:
        is_signed: whether it runs through zero.
        is_opaque: of a map drawn alone; else as transparent as ``layer`` lays the same strength
            over a picture.
        steps: number of colours.
    """
    strengths = np.linspace(-1 if is_signed else 0, 1, steps, dtype=np.float32)
    colours = palette(strengths, is_signed=is_signed)
    return tuple(
        f"rgba({r},{g},{b},{1.0 if is_opaque else abs(strength):.2f})"
        for (r, g, b), strength in zip(colours.tolist(), strengths, strict=True)
    )


def png(picture: np.ndarray) -> bytes:
    """A picture as PNG without metadata: uint8, grey, RGB or RGB and alpha."""
    if picture.ndim == 2:
        stored = picture
    else:
        turn = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
        stored = cv2.cvtColor(picture, turn)
    return cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def data_uri(png: bytes) -> str:
    """A PNG as an address that holds it, for a page that needs nothing else."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def shrink_png(stored: bytes, edge: int) -> bytes:
    """A smaller copy of a PNG: its longer side becomes ``edge`` pixels."""
    grey = cv2.imdecode(np.frombuffer(stored, np.uint8), cv2.IMREAD_GRAYSCALE)
    return png(fit(grey, edge))


def _full_range(scan: Scan) -> Window:
    is_eight_bit = scan.kind != "dicom" or scan.attributes.get("BitsStored") == "8"
    if is_eight_bit and scan.pixels.min() >= 0 and 1 < scan.pixels.max() <= _EIGHT_BIT:
        return Window("as stored", _EIGHT_BIT / 2, _EIGHT_BIT)
    low, high = np.percentile(scan.pixels, _PERCENTILES)
    return Window("full range", float(low + high) / 2, max(float(high - low), 1e-6))
