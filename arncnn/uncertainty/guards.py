"""Cheap checks on the picture itself, before any network is asked.

Each limit has a reason that holds for any scan; none was tuned on a set of scans.
"""

import math
from dataclasses import dataclass

import numpy as np

from arncnn.intake.scan import Scan


@dataclass(frozen=True)
class Reason:
    """Why a reading is not simply accepted.

    Attributes:
        code: stable across versions, e.g. ``"flat"``.
        sentence: what the person reads.
    """

    code: str
    sentence: str


MINIMUM_SIDE = 32  # pixels; the network sees 64, and less than half of that is guesswork
# Longer side over shorter; a whole-spine film is about 3, a strip beyond 4 keeps under 16 of the
# 64 rows the network sees.
MAXIMUM_ASPECT = 4.0
# Mean saturation, 0 to 1; a tinted scan stays under it, a photograph or a stained section does not.
MAXIMUM_COLOURFULNESS = 0.15
# Robust range over the largest grey value, below which the picture holds nothing to read.
MINIMUM_RELATIVE_SPREAD = 0.02
MINIMUM_SPREAD_HU = 50.0  # the same for Hounsfield units: less than fat against water
_ROBUST = (0.2, 99.8)  # percentiles: a burned-in mark of a few pixels is no content
_SAMPLE_SIDE = 16  # pixels a side that bounds of the percentiles are taken from
_SURELY = 1.001  # leaves room for the rounding of float32


def check(scan: Scan) -> tuple[Reason, ...]:
    """The reasons why this picture is unsuitable; empty when there is none."""
    guards = (_too_small, _extreme_aspect, _colour, _flat)
    return tuple(reason for guard in guards if (reason := guard(scan)) is not None)


def _too_small(scan: Scan) -> Reason | None:
    height, width = scan.pixels.shape
    if min(height, width) >= MINIMUM_SIDE:
        return None
    return Reason(
        "too_small",
        f"The image is {width} x {height} pixels; a reading needs at least {MINIMUM_SIDE} "
        "on each side.",
    )


def _extreme_aspect(scan: Scan) -> Reason | None:
    height, width = scan.pixels.shape
    aspect = max(height, width) / max(min(height, width), 1)
    if aspect <= MAXIMUM_ASPECT:
        return None
    return Reason(
        "extreme_aspect",
        f"The image is {aspect:.1f} times as long as it is wide; more than "
        f"{MAXIMUM_ASPECT:g} times is not a scan of a kind the model knows.",
    )


def _colour(scan: Scan) -> Reason | None:
    if scan.colourfulness <= MAXIMUM_COLOURFULNESS:
        return None
    return Reason(
        "colour",
        "This is a colour image, such as a photograph; the model reads grey-scale scans only.",
    )


def _flat(scan: Scan) -> Reason | None:
    if _surely_has_spread(scan):
        return None
    finite = scan.pixels[np.isfinite(scan.pixels)]
    if finite.size:
        lowest, highest = np.percentile(finite, _ROBUST)
        if highest - lowest > _needed_spread(scan, max(abs(lowest), abs(highest))):
            return None
    return Reason("flat", "The image is almost uniformly grey and shows nothing.")


def _needed_spread(scan: Scan, largest: float) -> float:
    return MINIMUM_SPREAD_HU if scan.is_hounsfield else MINIMUM_RELATIVE_SPREAD * largest


def _surely_has_spread(scan: Scan) -> bool:
    """Whether bounds of the percentiles show already that they are far enough apart.

    Where more pixels lie at or under a grey than the low percentile leaves below, the percentile
    is at most that grey; likewise above. Two counts take a tenth of the time of two percentiles.
    """
    pixels = scan.pixels
    step = max(1, math.isqrt(pixels.size) // _SAMPLE_SIDE)
    sample = np.sort(pixels[::step, ::step], axis=None)
    low, high = sample[len(sample) // 20], sample[-1 - len(sample) // 20]
    lowest, highest = float(pixels.min()), float(pixels.max())
    largest = max(abs(lowest), abs(highest))
    if not math.isfinite(largest):  # an infinity, or NaN, is anywhere
        return False
    enough = 2 + math.floor((pixels.size - 1) * _ROBUST[0] / 100)  # both numbers it lies between
    return (
        float(high) - float(low) > _SURELY * _needed_spread(scan, largest)
        and int(np.count_nonzero(pixels <= low)) >= enough
        and int(np.count_nonzero(pixels >= high)) >= enough
    )
