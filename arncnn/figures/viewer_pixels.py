"""A scan for a viewer that windows it itself: its values as raw bytes, and what they mean.

Nothing is lost on the way: the smallest type that holds every value exactly is taken.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from arncnn.figures import picture
from arncnn.intake.exact_values import exact
from arncnn.intake.scan import Scan, Window

# Usual windows of a CT, in HU: name, centre, width.
_CT_PRESETS = (
    ("lung", -600.0, 1500.0),
    ("bone", 400.0, 1800.0),
    ("soft tissue", 40.0, 400.0),
    ("brain", 40.0, 80.0),
    ("liver", 60.0, 160.0),
)
_OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}
_AXES = (("L", "R"), ("P", "A"), ("H", "F"))  # toward greater x, y and z of the patient
_OBLIQUE = 0.35  # a second letter from about 20 degrees off an axis
_FEET_AND_HEAD = str.maketrans("IS", "FH")


@dataclass(frozen=True)
class ViewerPixels:
    """One slice as it crosses to a viewer.

    Attributes:
        values: little-endian, row by row, of the type that ``about`` names.
        about: JSON: rows, columns, type ("u1", "i2", "u2" or "f4"), low, high, unit, spacing
            (mm, row and column) or null, aspect, windows with the values at black and white,
            and the letters at the four sides, where the header tells them.
    """

    values: bytes
    about: str


def of_scan(scan: Scan) -> ViewerPixels:
    """A scan's own values, every one as it was decoded."""
    name, values = exact(scan.pixels)
    low, high = float(scan.pixels.min()), float(scan.pixels.max())
    about = {
        "rows": scan.pixels.shape[0],
        "columns": scan.pixels.shape[1],
        "type": name,
        "low": low,
        "high": high,
        "unit": "HU" if scan.is_hounsfield else "",
        "spacing": scan.spacing_mm,
        "aspect": scan.aspect,
        "windows": list(_windows(scan, low, high)),
        "marks": sides(scan.attributes.get("ImageOrientationPatient"))
        or _stated_sides(scan.attributes.get("PatientOrientation", "")),
    }
    little_endian = values.astype(values.dtype.newbyteorder("<"), copy=False)
    return ViewerPixels(little_endian.tobytes(), json.dumps(about))


def sides(orientation: str | None) -> dict[str, str] | None:
    """The patient's sides at the picture's edges; None where the header does not tell.

    Args:
        orientation: Image Orientation (Patient), six numbers set apart by slashes.

    >>> sides("1/0/0/0/1/0")
    {'left': 'R', 'right': 'L', 'top': 'A', 'bottom': 'P'}
    """
    try:
        numbers = [float(part) for part in (orientation or "").split("/")]
    except ValueError:
        return None
    if len(numbers) != 6 or not np.isfinite(numbers).all():
        return None
    right, bottom = _letters(numbers[:3]), _letters(numbers[3:])
    return _four(right, bottom) if right and bottom else None


def _stated_sides(orientation: str) -> dict[str, str] | None:
    """The same of Patient Orientation, which names the sides of the row and the column."""
    right, _, bottom = orientation.translate(_FEET_AND_HEAD).partition("/")
    is_known = bool(right and bottom) and set(right + bottom) <= _OPPOSITE.keys()
    return _four(right, bottom) if is_known else None


def _four(right: str, bottom: str) -> dict[str, str]:
    left, top = ("".join(_OPPOSITE[letter] for letter in side) for side in (right, bottom))
    return {"left": left, "right": right, "top": top, "bottom": bottom}


def _letters(direction: list[float]) -> str:
    strongest = sorted(range(3), key=lambda axis: -abs(direction[axis]))[:2]
    return "".join(
        _AXES[axis][0 if direction[axis] > 0 else 1]
        for axis in strongest
        if abs(direction[axis]) > _OBLIQUE
    )


def _windows(scan: Scan, low: float, high: float) -> Iterator[dict[str, object]]:
    """The windows to offer: those the picture has, the usual ones of a CT, and the whole range."""
    offered = [*picture.windows(scan)]
    if scan.is_hounsfield:
        offered += [Window(*preset) for preset in _CT_PRESETS]
    offered.append(Window("whole range", (low + high) / 2, max(high - low, 1e-6)))
    known: set[tuple[float, float]] = set()
    for window in offered:
        ends = _ends(window)
        if ends in known:
            continue
        known.add(ends)
        name = window.name[:1].upper() + window.name[1:]
        label = f"{name} (W {window.width:g}, L {window.center:g})"
        yield {
            "name": window.name,
            "label": label,
            "center": window.center,
            "width": window.width,
            "lower": ends[0],
            "upper": ends[1],
        }


def _ends(window: Window) -> tuple[float, float]:
    """The values shown black and white; of a curve or table, those of a straight line near it."""
    center, width = window.center, window.width
    if window.table is not None:
        return window.first, window.first + max(len(window.table) - 1, 1)
    if window.function == "LINEAR" and width > 1:
        center, width = center - 0.5, width - 1
    return center - width / 2, center + width / 2
