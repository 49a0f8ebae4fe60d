"""What crosses to the viewer: every value as it was decoded, and what the header says of it."""

import json
from io import BytesIO

import numpy as np
import pydicom
import pytest

from arncnn.figures import viewer_pixels
from arncnn.intake import open_bytes
from arncnn.intake.scan import Scan
from tests.intake import made

_KINDS = {"u1": "<u1", "i2": "<i2", "u2": "<u2", "f4": "<f4"}


def test_a_ct_crosses_in_hounsfield_units_as_pydicom_has_them() -> None:
    file = made.dicom(
        RescaleSlope="2",
        RescaleIntercept="-1024",
        PixelSpacing=["0.5", "0.25"],
        ImageOrientationPatient=["1", "0", "0", "0", "0", "-1"],
    )
    dataset = pydicom.dcmread(BytesIO(file))
    expected = dataset.pixel_array.astype(float) * 2 - 1024
    found = viewer_pixels.of_scan(open_bytes(file))
    about = json.loads(found.about)
    values = np.frombuffer(found.values, _KINDS[about["type"]]).reshape(about["rows"], -1)
    assert np.array_equal(values, expected)
    assert (about["type"], about["unit"], about["spacing"]) == ("i2", "HU", [0.5, 0.25])
    assert about["marks"] == {"left": "R", "right": "L", "top": "H", "bottom": "F"}
    names = [window["name"] for window in about["windows"]]
    assert {"lung", "bone", "soft tissue", "brain", "liver", "whole range"} <= set(names)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ([0, 255], "u1"),
        ([-1, 300], "i2"),
        ([0, 65_535], "u2"),
        ([0.5, 1.0], "f4"),
        ([-1, 40_000], "f4"),
    ],
)
def test_the_smallest_type_that_loses_nothing_is_taken(values: list[float], name: str) -> None:
    pixels = np.array([values], np.float32)
    found = viewer_pixels.of_scan(Scan(pixels=pixels, sha256="", kind="dicom"))
    about = json.loads(found.about)
    assert about["type"] == name
    assert np.array_equal(np.frombuffer(found.values, _KINDS[name]), pixels[0])


@pytest.mark.parametrize("orientation", [None, "", "1/0/0", "a/b/c/d/e/f", "nan/0/0/0/1/0"])
def test_a_header_that_does_not_tell_gets_no_marks(orientation: str | None) -> None:
    assert viewer_pixels.sides(orientation) is None
