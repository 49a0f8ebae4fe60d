"""Sizes and frame numbers, checked before any decoder allocates."""

import math

from arncnn.intake import limits
from arncnn.intake.refusals import refuse

_MILLION = 1_000_000
_MOST_ASPECT = 16.0  # 8 mm slices of 0.5 mm pixels, seen from the side


def check_size(width: int, height: int) -> None:
    """Refuses a picture with a side or area out of bounds.

    Raises:
        IntakeError: "too_small" or "too_many_pixels".
    """
    if min(width, height) < limits.MIN_SIDE:
        raise refuse("too_small", width=width, height=height, limit=limits.MIN_SIDE)
    if width * height > limits.MAX_PIXELS or max(width, height) > limits.MAX_SIDE:
        raise refuse(
            "too_many_pixels",
            pixels=max(1, round(width * height / _MILLION)),
            limit=limits.MAX_PIXELS // _MILLION,
        )


def aspect(height: float, width: float) -> float:
    """A pixel's height over its width; 1 where it is square to a hundredth, or unbelievable.

    >>> aspect(2, 1), aspect(0.5, 0.501), aspect(0, 1)
    (2.0, 1.0, 1.0)
    """
    if not (min(height, width) > 0 and math.isfinite(height) and math.isfinite(width)):
        return 1.0
    ratio = height / width
    is_square = abs(ratio - 1) < 0.01
    return 1.0 if is_square or not 1 / _MOST_ASPECT <= ratio <= _MOST_ASPECT else float(ratio)


def choose(frame: int | None, frames: int) -> int:
    """The frame that is meant: the one asked for, or the middle one.

    >>> choose(None, 5), choose(None, 1), choose(3, 5)
    (2, 0, 3)
    """
    if frames > limits.MAX_FRAMES:
        raise refuse("too_many_frames", frames=frames, limit=limits.MAX_FRAMES)
    if frame is None:
        return frames // 2
    if not 0 <= frame < frames:
        raise refuse("no_such_frame", frames=frames, frame=frame)
    return frame
