"""MR contrast: CTs drawn as if MR had been made of the same body, to learn that they are no CT.

Of whatever is none of the classes, MR of a body part that a class shows in CT passes for it most
easily: its outlines are the same. Real MR is rare among outliers, of few sources and parts. Of
every CT of the data set its likeness in MR can be drawn.
"""

import cv2
import numpy as np

from arncnn.data import augment


def as_mr(
    image: augment.Image, rng: augment.Generator, has_lungs: bool | None = None
) -> augment.Image:
    """Draw a CT as if it were MR: what no class of CT is, and what passes for it most easily.

    Compact bone and air give no signal, fat is bright (saturated fat would be dark as in CT, and
    little bone would tell the two apart), grey soft tissue that lies close together in CT is far
    apart, skin and what lies under it ring the body, a surface coil shades it, and the noise is
    Rician. The anatomy stays.

    Args:
        image: a CT.
        rng: drawn from.
        has_lungs: whether it shows the chest, see ``augment.restored_body``.
    """
    drawn = augment.restored_body(image, rng, has_lungs)
    soft = cv2.GaussianBlur(drawn, (0, 0), rng.uniform(0.4, 0.9))
    level = augment.background_level(drawn)
    seen = (np.abs(soft - level) > 0.05).astype(np.uint8)
    outlines, _ = cv2.findContours(seen, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    body = cv2.drawContours(np.zeros_like(seen), outlines, -1, 1, cv2.FILLED)
    inside = soft[(body > 0) & (soft > 0.08)]
    if not len(inside):  # nothing is seen
        return drawn
    top = float(np.quantile(inside, 0.98))
    middle = float(np.median(inside[inside < 0.85 * top])) if (inside < 0.85 * top).any() else top
    spread = rng.uniform(0.04, 0.15)
    fat = rng.uniform(0.55, 1.0)
    low, high = rng.uniform(0.15, 0.9, 2)
    greys = (0.0, 0.06, max(0.3 * middle, 0.1), middle - spread, middle + spread, 0.9 * top, 1.0)
    signal = (0.0, 0.0, fat, low, high, rng.uniform(0.0, 0.25), rng.uniform(0.0, 0.15))
    result = np.interp(soft, np.maximum.accumulate(greys), signal) * body
    depth = np.minimum(cv2.distanceTransform(body, cv2.DIST_L2, 3), max(image.shape))
    skin = np.exp(-(((depth - rng.uniform(1.0, 2.0)) / rng.uniform(0.5, 1.2)) ** 2)) * (depth > 0)
    result = np.maximum(result, skin * fat * rng.uniform(0.3, 1.0))
    shade = cv2.resize(
        rng.normal(0.0, 1.0, (3, 3)), image.shape[::-1], interpolation=cv2.INTER_CUBIC
    )
    result = result * np.exp(rng.uniform(0.0, 0.35) * shade)
    result = cv2.GaussianBlur(result, (0, 0), rng.uniform(0.3, 0.7))
    grains = rng.uniform(0.003, 0.025) * rng.standard_normal((2, *image.shape))
    result = np.hypot(result + grains[0], grains[1])
    return np.clip(result / max(float(np.quantile(result, 0.995)), 1e-3), 0.0, 1.0).astype(
        np.float32
    )
