"""A corruption suite of fixed strengths (after Hendrycks and Dietterich 2019).

Each family changes a picture as some device, viewer or transfer would. ``seen_in_training``
says whether the robust recipe's augmentation holds a change of that kind; the others
measure what was not practised. Strengths were set by eye on one image of each class, so
that at the strongest a person still names most of them; chest CT, with its little contrast,
drowns first.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from arncnn.evaluation.intervals import Share, share

STRENGTHS = (1, 2, 3)

Image = np.ndarray  # float32, (height, width), 0 to 1
Corruption = Callable[[Image, int, np.random.Generator], Image]


@dataclass(frozen=True)
class Family:
    """One kind of corruption.

    Attributes:
        name: what code and tables call it.
        apply: image, strength 1 to 3, generator -> image.
        seen_in_training: whether the robust recipe practises a change of this kind.
    """

    name: str
    apply: Corruption
    seen_in_training: bool


@dataclass(frozen=True)
class CorruptionResult:
    """Accuracy under one family at one strength."""

    family: str
    strength: int
    seen_in_training: bool
    accuracy: Share


def gamma(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """Brighter or darker mid-greys."""
    exponent = (1.5, 2.0, 3.0)[strength - 1]
    return image ** (exponent if rng.random() < 0.5 else 1 / exponent)


def gaussian_blur(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """Out of focus, or a soft reconstruction kernel."""
    return cv2.GaussianBlur(image, (0, 0), (0.7, 1.2, 1.8)[strength - 1])


def gaussian_noise(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """Electronic noise."""
    return image + rng.normal(0, (0.03, 0.06, 0.1)[strength - 1], image.shape)


def rotation(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """A tilted patient or detector."""
    angle = (8, 16, 25)[strength - 1] * rng.choice((-1, 1))
    height, width = image.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), float(angle), 1.0)
    return cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def jpeg(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """Stored with strong lossy compression."""
    quality = (40, 20, 10)[strength - 1]
    pixels = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.float32) / 255


def salt_and_pepper(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """Dead and hot pixels."""
    share_hit = (0.01, 0.03, 0.08)[strength - 1]
    drawn = rng.random(image.shape)
    return np.where(drawn < share_hit / 2, 0.0, np.where(drawn > 1 - share_hit / 2, 1.0, image))


def motion_blur(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """The patient moved during the exposure."""
    length = (3, 5, 9)[strength - 1]
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    centre = ((length - 1) / 2, (length - 1) / 2)
    turn = cv2.getRotationMatrix2D(centre, float(rng.uniform(0, 180)), 1.0)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def rings(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """Ring artefacts of a miscalibrated CT detector."""
    rows, columns = np.indices(image.shape)
    centre = (np.array(image.shape) - 1) / 2
    radius = np.hypot(rows - centre[0], columns - centre[1]).astype(int)
    gain = rng.normal(0, (0.02, 0.05, 0.09)[strength - 1], radius.max() + 1)
    return image + gain[radius]


def stripes(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """Lines of uneven gain, as from a scanned film or a detector's columns."""
    axis = int(rng.integers(0, 2))
    gain = rng.normal(0, (0.02, 0.05, 0.09)[strength - 1], image.shape[axis])
    return image + np.expand_dims(gain, 1 - axis)


def elastic(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """Smooth local deformation (Simard et al. 2003)."""
    height, width = image.shape
    amount = (0.7, 1.2, 1.8)[strength - 1] * min(height, width) / 64
    shifts = []
    for _ in range(2):
        field = rng.normal(size=image.shape).astype(np.float32)
        field = cv2.GaussianBlur(field, (0, 0), min(height, width) / 12)
        shifts.append(field / field.std() * amount)
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    return cv2.remap(
        image,
        columns + shifts[0],
        rows + shifts[1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def pixelation(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """Enlarged from a thumbnail."""
    height, width = image.shape
    block = (2, 3, 4)[strength - 1]
    small = cv2.resize(
        image, (round(width / block), round(height / block)), interpolation=cv2.INTER_AREA
    )
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


def bias_field(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """Uneven coil sensitivity of MR, heel effect of X-ray."""
    height, width = image.shape
    direction = rng.uniform(0, 2 * np.pi)
    rows, columns = np.meshgrid(
        np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij"
    )
    slope = np.cos(direction) * columns + np.sin(direction) * rows
    return image * np.exp(-(0.3, 0.6, 1.0)[strength - 1] * slope)


def ghosting(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """A shifted, faint copy, as from periodic motion in MR."""
    axis = int(rng.integers(0, 2))
    shift = int(image.shape[axis] * rng.uniform(0.2, 0.5))
    return image + (0.15, 0.3, 0.45)[strength - 1] * np.roll(image, shift, axis)


def occlusion(image: Image, strength: int, rng: np.random.Generator) -> Image:
    """An opaque marker, shutter or redaction over part of the picture."""
    height, width = image.shape
    side = (0.2, 0.3, 0.4)[strength - 1]
    tall, wide = round(height * side), round(width * side)
    top, left = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
    covered = image.copy()
    covered[top : top + tall, left : left + wide] = float(rng.integers(0, 2))
    return covered


_PRACTISED = (gamma, gaussian_blur, gaussian_noise, rotation, jpeg, occlusion)
_NOT_PRACTISED = (salt_and_pepper, motion_blur, rings, stripes, elastic, pixelation, bias_field,
                  ghosting)  # fmt: skip
_IN_ORDER = (*_PRACTISED[:-1], *_NOT_PRACTISED, _PRACTISED[-1])  # that of the stored reports
FAMILIES: dict[str, Family] = {
    apply.__name__: Family(apply.__name__, apply, seen_in_training=apply in _PRACTISED)
    for apply in _IN_ORDER
}


def corrupt(images: np.ndarray, family: str, strength: int, *, seed: int = 0) -> np.ndarray:
    """Images as one family corrupts them; the same arguments always give the same pixels.

    Args:
        images: (n, height, width), uint8 or float 0 to 1.
        family: a key of ``FAMILIES``.
        strength: 1, 2 or 3.
        seed: with the image's position, of its random part.

    Returns:
        float32, (n, height, width), 0 to 1.
    """
    scale = 255.0 if images.dtype == np.uint8 else 1.0
    apply = FAMILIES[family].apply
    corrupted = np.empty(images.shape, np.float32)
    for position, image in enumerate(images):
        rng = np.random.default_rng((seed, position, strength))
        corrupted[position] = apply((image / scale).astype(np.float32), strength, rng)
    return np.clip(corrupted, 0, 1)


def corruption_suite(
    predict: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    targets: np.ndarray,
    *,
    seed: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> tuple[CorruptionResult, ...]:
    """Accuracy under every family at every strength.

    Args:
        predict: from float32 (n, height, width) images, 0 to 1, before the input contract,
            to int (n,) predicted columns.
        images: (n, height, width), uint8 or float 0 to 1, clean.
        targets: int, (n,), true columns.
        seed: of the corruptions.
        progress: called with how many of how many runs are done.
    """
    runs = [(family, strength) for family in FAMILIES.values() for strength in STRENGTHS]
    results = []
    for done, (family, strength) in enumerate(runs, start=1):
        predicted = predict(corrupt(images, family.name, strength, seed=seed))
        accuracy = share(int(np.sum(predicted == targets)), len(targets))
        results.append(CorruptionResult(family.name, strength, family.seen_in_training, accuracy))
        if progress is not None:
            progress(done, len(runs))
    return tuple(results)
