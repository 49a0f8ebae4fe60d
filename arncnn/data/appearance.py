"""Appearance: how often training changes how a scan looks, and in which ways, by modality."""

from collections.abc import Callable

import numpy as np

from arncnn.data import augment
from arncnn.data.anatomy import Anatomy

QUIET_SHARE = 0.15  # images of which only the background changes: finer signs are learned

# Each part with its probability in images of CT and X-ray, and of MR, where one body has many
# contrasts. Elsewhere inverted and folded greys are rare, lest a brain in MR pass for a head in CT.
LEARNED: tuple[
    tuple[Callable[[augment.Image, augment.Generator], augment.Image], float, float], ...
] = (
    (augment.restored_body, 0.4, 0.4),
    (augment.background, 0.6, 0.6),
    (augment.one_breast, 0.0, 0.1),
    (augment.display_window, 0.4, 0.4),
    (augment.narrow_window, 0.03, 0.01),
    (augment.monotone_curve, 0.6, 0.6),
    (augment.folded_curve, 0.1, 0.3),
    (augment.inversion, 0.12, 0.12),
    (augment.tissue_inversion, 0.03, 0.2),
    (augment.subtraction, 0.03, 0.25),
    (augment.flip, 0.35, 0.35),
    (augment.quarter_turn, 0.06, 0.06),
    (augment.geometry, 0.8, 0.8),
    (augment.close_up, 0.02, 0.02),
    (augment.letter_box, 0.12, 0.12),
    (augment.blur, 0.25, 0.25),
    (augment.sharpen, 0.12, 0.12),
    (augment.noise, 0.3, 0.3),
    (augment.jpeg, 0.08, 0.08),
    (augment.overlay, 0.15, 0.15),
)
# Cuts and windows so hard that they teach, but are no measure of how sure to be: calibration goes
# without them, on what every model before was calibrated on.
_TEACHING = (augment.one_breast, augment.narrow_window, augment.close_up)
PARTS = tuple(part for part in LEARNED if part[0] not in _TEACHING)

# Where fat or bone change places with soft tissue a CT looks as MR of the same body does.
_OUT_OF_ORDER = (augment.folded_curve, augment.tissue_inversion, augment.subtraction)

# What another device, print or cut may do to any picture, and no more: an outlier must stay what
# it is, and be told by what it shows.
OF_OUTLIERS: tuple[tuple[Callable[[augment.Image, augment.Generator], augment.Image], float], ...]
OF_OUTLIERS = (
    (augment.display_window, 0.25),
    (augment.monotone_curve, 0.3),
    (augment.flip, 0.35),
    (augment.quarter_turn, 0.06),
    (augment.geometry, 0.7),
    (augment.close_up, 0.06),
    (augment.letter_box, 0.12),
    (augment.blur, 0.2),
    (augment.sharpen, 0.12),
    (augment.noise, 0.25),
    (augment.jpeg, 0.08),
    (augment.overlay, 0.12),
)


def randomize_outliers(images: np.ndarray, rng: augment.Generator) -> np.ndarray:
    """Randomise outliers mildly: never inverted, never folded.

    Args:
        images: uint8, (n, 64, 64).
        rng: drawn from in a fixed order.

    Returns:
        float32, (n, 64, 64), 0 to 1.
    """
    result = np.empty(images.shape, np.float32)
    chances = rng.random((len(images), len(OF_OUTLIERS)))
    for row, image in enumerate(images):
        value = image.astype(np.float32) / 255
        for (part, probability), chance in zip(OF_OUTLIERS, chances[row], strict=True):
            if chance < probability:
                value = part(value, rng)
        result[row] = value
    return result


def randomize(
    images: np.ndarray,
    rng: augment.Generator,
    anatomy: Anatomy | None = None,
    *,
    is_learned: bool = False,
) -> np.ndarray:
    """Randomise the appearance of a batch, image by image.

    Args:
        images: uint8, (n, 64, 64), 0 to 255.
        rng: drawn from in a fixed order: the same generator gives the same batch.
        anatomy: of these images, where it is known; else each may be MR, and lungs are guessed.
        is_learned: whether all of ``LEARNED`` are drawn, as for a training with outliers.

    Returns:
        float32, (n, 64, 64), 0 to 1.
    """
    result = np.empty(images.shape, np.float32)
    parts = LEARNED if is_learned else PARTS
    chances = rng.random((len(images), len(parts)))
    quiet = rng.random(len(images)) < QUIET_SHARE
    in_order = np.zeros(len(images), bool) if anatomy is None else anatomy.in_order
    for row, image in enumerate(images):
        value = image.astype(np.float32) / 255
        may_be_mr = anatomy is None or bool(anatomy.may_be_mr[row])
        for (part, otherwise, in_mr), chance in zip(parts, chances[row], strict=True):
            probability = in_mr if may_be_mr else otherwise
            if (part is not augment.background) if quiet[row] else chance >= probability:
                continue
            if in_order[row] and part in _OUT_OF_ORDER:
                continue
            if part is augment.one_breast and not (anatomy and anatomy.is_breast[row]):
                continue
            if part is augment.restored_body and anatomy is not None:
                value = augment.restored_body(value, rng, bool(anatomy.has_lungs[row]))
            else:
                value = part(value, rng)
        result[row] = value
    return result
