"""The values of a scan as they were decoded, whole and without loss, kept with its picture.

They lie in the case's one file of pixels, so they are checked, backed up, restored and deleted
with it. Of the header only what a viewer needs is with them: windows, spacing, and which way the
patient lies.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from arncnn.errors import StoreError
from arncnn.intake.exact_values import FLOAT, exact
from arncnn.intake.scan import Scan, Window

MOST_VALUES = 16 << 20  # 4096 × 4096: at most 32 MB of 16 bits before they are packed
_ABOUT, _VALUES, _TABLE = "about.json", "values", "table_{}"
_FAST = 1  # of 9: a film in a fifth of a second; more takes seconds and saves a twentieth
_WITH_HEADER = ("dicom", "nifti")
_ORIENTATION = ("ImageOrientationPatient", "PatientOrientation")


def add(buffer: io.BytesIO, scan: Scan, display: np.ndarray) -> None:
    """Puts a scan's values into a case's file of pixels.

    It stays as it is where the picture has every value already, or they are too many.

    Args:
        buffer: the file, an npz.
        scan: as decoded; one without pixels adds none.
        display: uint8, (height, width), the picture that the file holds.
    """
    is_all_there = scan.kind not in _WITH_HEADER and np.array_equal(scan.pixels, display)
    if is_all_there or not 0 < scan.pixels.size <= MOST_VALUES:
        return
    with zipfile.ZipFile(buffer, "a") as archive:
        for name, data in _members(scan):
            # A ZipInfo of its own carries no time: the same pixels give the same bytes.
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, _FAST)


def scan_of(data: bytes) -> Scan | None:
    """The scan that a case's file of pixels holds; None where only its picture was kept.

    What the case's record tells, such as its kind and frame, is for who opens it to add.

    Raises:
        StoreError: the bytes are no such file.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            if _ABOUT not in held.files:
                return None
            about = json.loads(held[_ABOUT])
            return Scan(
                pixels=_whole(held[_VALUES]),
                sha256="",
                kind="",
                is_hounsfield=about["is_hounsfield"],
                windows=tuple(
                    _window(held, place, each) for place, each in enumerate(about["windows"])
                ),
                attributes=about["orientation"],
                spacing_mm=tuple(about["spacing_mm"]) if about["spacing_mm"] else None,
                aspect=about["aspect"],
            )
    except (ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile) as error:
        raise StoreError("The stored pixels of this case cannot be read.") from error


def _members(scan: Scan) -> Iterator[tuple[str, bytes]]:
    about = {
        "is_hounsfield": scan.is_hounsfield,
        "spacing_mm": scan.spacing_mm,
        "aspect": scan.aspect,
        "orientation": {
            key: scan.attributes[key] for key in _ORIENTATION if scan.attributes.get(key)
        },
        "windows": [
            {
                "name": each.name,
                "center": each.center,
                "width": each.width,
                "function": each.function,
                "first": each.first,
            }
            for each in scan.windows
        ],
    }
    yield _ABOUT, json.dumps(about, sort_keys=True).encode()
    yield f"{_VALUES}.npy", _array(_steps(scan.pixels))
    for place, window in enumerate(scan.windows):
        if window.table is not None:
            yield f"{_TABLE.format(place)}.npy", _array(window.table)


def _window(held: Any, place: int, about: dict[str, Any]) -> Window:
    name = _TABLE.format(place)
    window = Window(**about)
    return replace(window, table=held[name]) if name in held.files else window


def _steps(pixels: np.ndarray) -> np.ndarray:
    """Whole numbers as steps from each to its right neighbour, which pack a quarter smaller."""
    name, values = exact(pixels)
    if name == FLOAT:
        return values
    steps = values.copy()
    np.subtract(values[:, 1:], values[:, :-1], out=steps[:, 1:])  # wraps, and back again
    return steps


def _whole(steps: np.ndarray) -> np.ndarray:
    if steps.dtype.kind == "f":
        return steps
    return np.cumsum(steps, axis=1, dtype=steps.dtype).astype(np.float32)


def _array(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(values), allow_pickle=False)
    return buffer.getvalue()
