"""Evidence as a picture to hand on: a map with its scale, its unit and what made it.

A map is drawn on the scale the caller gives, the same for every class, and never stretched
to its own range. Colours are those of ``picture``: cividis for maps without a sign (Nunez,
Anderton and Renslow 2018), blue through nothing to orange for signed evidence.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from arncnn.figures import picture

_BAR, _MARGIN = 14, 12  # px: height of the colour bar, room around it
_LINE_HEIGHT, _LETTER = 20, 0.45  # px; factor on OpenCV's font
_PAPER, _INK = 255, 40  # grey levels of the legend


def plate(
    over: np.ndarray,
    *,
    scale: float,
    unit: str,
    is_signed: bool,
    opacity: float = 1.0,
    is_open: bool = True,
    lines: Sequence[str] = (),
) -> np.ndarray:
    """A picture to hand on: the overlay above its colour bar, its unit and what made it.

    Args:
        over: uint8, (height, width, 3), RGB.
        scale: the magnitude at the end of the colours.
        unit: of a cell.
        is_signed: whether the scale runs through zero.
        opacity: 0 to 1, with which the map was laid over, so that the bar has its colours.
        is_open: whether a stronger cell would share the end's colour.
        lines: what else to write below; characters outside ASCII become question marks.

    Returns:
        uint8, (height + legend, width or what the words need, 3), RGB.
    """
    end = f"{scale:.3g} {unit}" + (" or more" if is_open else "")
    low = f"-{end} against" if is_signed else "0"
    high = f"{end} for" if is_signed else end
    said = max(_width(low) + _MARGIN + _width(high), *map(_width, lines), 0)
    width = max(over.shape[1], said + 2 * _MARGIN)  # a narrow scan's words are not cut off
    rows = 2 * _MARGIN + _BAR + _LINE_HEIGHT * (1 + len(lines))
    legend = np.full((rows, width, 3), _PAPER, np.uint8)
    bar = _bar(width - 2 * _MARGIN, is_signed=is_signed, opacity=opacity)
    legend[_MARGIN : _MARGIN + _BAR, _MARGIN : width - _MARGIN] = bar
    baseline = _MARGIN + _BAR + _LINE_HEIGHT - 4
    _write(legend, low, _MARGIN, baseline)
    _write(legend, high, width - _MARGIN - _width(high), baseline)
    for number, line in enumerate(lines, start=1):
        _write(legend, line, _MARGIN, baseline + number * _LINE_HEIGHT)
    beside = ((0, 0), (0, width - over.shape[1]), (0, 0))
    return np.concatenate([np.pad(over, beside, constant_values=_PAPER), legend])


def captioned(shown: np.ndarray, lines: Sequence[str]) -> np.ndarray:
    """A picture above words, without a map: uint8, (height, width, 3), RGB.

    Args:
        shown: uint8, (height, width, 3), RGB.
        lines: the words; characters outside ASCII become question marks.
    """
    width = max(shown.shape[1], max(map(_width, lines), default=0) + 2 * _MARGIN)
    legend = np.full((2 * _MARGIN + _LINE_HEIGHT * len(lines), width, 3), _PAPER, np.uint8)
    for number, line in enumerate(lines, start=1):
        _write(legend, line, _MARGIN, _MARGIN + number * _LINE_HEIGHT - 6)
    beside = ((0, 0), (0, width - shown.shape[1]), (0, 0))
    return np.concatenate([np.pad(shown, beside, constant_values=_PAPER), legend])


def _bar(width: int, *, is_signed: bool, opacity: float) -> np.ndarray:
    """The colours from low to high as they look over black: uint8, (1, width, 3)."""
    strength = np.linspace(-1.0 if is_signed else 0.0, 1.0, width, dtype=np.float32)[None]
    black = np.zeros((1, width), np.uint8)
    return picture.overlay(
        black, strength, scale=1.0, is_signed=is_signed, opacity=opacity, smooth=False
    )


def _write(legend: np.ndarray, text: str, left: int, baseline: int) -> None:
    font, ink = cv2.FONT_HERSHEY_SIMPLEX, (_INK, _INK, _INK)
    cv2.putText(legend, _ascii(text), (left, baseline), font, _LETTER, ink, 1, cv2.LINE_AA)


def _width(text: str) -> int:
    (width, _), _ = cv2.getTextSize(_ascii(text), cv2.FONT_HERSHEY_SIMPLEX, _LETTER, 1)
    return int(width)


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")  # all that OpenCV's font has
