"""From decoded samples to grey: luminance and colourfulness, in strips to save memory."""

import numpy as np
from numpy.typing import NDArray

from arncnn.intake.refusals import refuse

_RED, _GREEN, _BLUE = (np.float32(weight) for weight in (0.299, 0.587, 0.114))  # ITU-R BT.601
_STRIP = 1 << 18  # pixels at a time


def luminance(samples: NDArray[np.generic], full_scale: float) -> tuple[NDArray[np.float32], float]:
    """Grey values and colourfulness of an RGB or RGBA picture; alpha lies over black.

    Colourfulness is the mean of (largest - smallest of R, G, B) over the full scale.
    Dividing by the full scale and not by the pixel's own brightness keeps the colour
    noise of a JPEG's black background from counting as colour.

    Args:
        samples: (height, width, 3 or 4), any unsigned integer type.
        full_scale: the value of white.

    Returns:
        float32 (height, width) in the units of ``samples``, and colourfulness, 0 to 1.
    """
    height, width = samples.shape[:2]
    grey = np.empty((height, width), np.float32)
    chroma = 0.0
    rows = max(1, _STRIP // max(1, width))
    for top in range(0, height, rows):
        strip = samples[top : top + rows]
        red, green, blue = (strip[..., channel].astype(np.float32) for channel in range(3))
        if strip.shape[-1] == 4:
            opacity = strip[..., 3].astype(np.float32) / np.float32(full_scale)
            red, green, blue = red * opacity, green * opacity, blue * opacity
        grey[top : top + rows] = _RED * red + _GREEN * green + _BLUE * blue
        brightest = np.maximum(np.maximum(red, green), blue)
        darkest = np.minimum(np.minimum(red, green), blue)
        chroma += float((brightest - darkest).sum(dtype=np.float64))
    return grey, min(1.0, chroma / (height * width * full_scale))


def finite(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same pixels with NaN and infinities set to the smallest finite value, in place."""
    good = np.isfinite(pixels)
    if good.all():
        return pixels
    if not good.any():
        raise refuse("no_values")
    pixels[~good] = pixels[good].min()
    return pixels
