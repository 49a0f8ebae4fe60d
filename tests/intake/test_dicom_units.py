"""What DICOM values are: Hounsfield units, padding, floats; and how oblong a pixel is."""

import numpy as np
import pytest
from pydicom import uid

from arncnn import preprocess
from arncnn.errors import IntakeError
from arncnn.figures import picture
from arncnn.intake import Scan, open_bytes
from tests.intake import made

STORED = made.ramp(32, 48, 1000)
FILM = {"Modality": "CR", "SOPClassUID": uid.ComputedRadiographyImageStorage}
CT = {"RescaleSlope": "1", "RescaleIntercept": "-1024"}


@pytest.mark.parametrize(
    ("storage", "kind", "expected"),
    [
        (uid.CTImageStorage, None, True),
        (uid.EnhancedCTImageStorage, "HU", True),
        (uid.LegacyConvertedEnhancedCTImageStorage, None, True),
        (uid.SecondaryCaptureImageStorage, None, False),
        (uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage, None, False),
        (uid.SecondaryCaptureImageStorage, "HU", True),
        (uid.CTImageStorage, "US", False),
    ],
)
def test_hounsfield_units_are_those_of_ct_images_or_said_to_be(
    storage: uid.UID, kind: str | None, expected: bool
) -> None:
    said = {} if kind is None else {"RescaleType": kind}
    scan = open_bytes(made.dicom(STORED, SOPClassUID=storage, **CT, **said))
    assert scan.is_hounsfield == expected


def test_a_screenshot_of_8_bits_is_shown_as_it_is() -> None:
    grey = made.ramp(32, 48, 230).astype(np.uint8)
    scan = open_bytes(
        made.dicom(
            grey,
            SOPClassUID=uid.SecondaryCaptureImageStorage,
            RescaleSlope="1",
            RescaleIntercept="0",
        )
    )
    assert not scan.is_hounsfield
    np.testing.assert_array_equal(picture.display(scan), grey)


@pytest.mark.parametrize(
    ("signed", "vr", "value"),
    [(True, "US", 63536), (True, "SS", -2000), (False, "SS", -2000), (False, "US", 63536)],
)
def test_padding_has_the_sign_of_the_pixels(signed: bool, vr: str, value: int) -> None:
    stored = STORED.astype(np.int16)
    stored[:4] = -2000
    stored = stored if signed else stored.view(np.uint16)
    file = made.dataset(stored, **CT)
    file.add_new(0x00280120, vr, value)
    scan = open_bytes(made.written(file))
    assert (scan.pixels[:4] == -1024).all()
    np.testing.assert_array_equal(scan.pixels[4:], STORED[4:] - 1024.0)


def test_padding_may_use_bits_that_a_sample_must_not() -> None:
    cells = STORED.copy()
    cells[:4] = 0x8000
    file = made.dataset(cells, BitsStored=12, HighBit=11, Modality="MR")
    file.add_new(0x00280120, "US", 0x8000)
    file.SOPClassUID = uid.MRImageStorage
    scan = open_bytes(made.written(file))
    assert (scan.pixels[:4] == STORED[4:].min()).all()
    np.testing.assert_array_equal(scan.pixels[4:], STORED[4:])


def floats(numbers: np.ndarray, **elements: object) -> bytes:
    file = made.dataset(STORED, Modality="MR", BitsAllocated=8 * numbers.dtype.itemsize, **elements)
    del file.PixelData, file.BitsStored, file.HighBit, file.PixelRepresentation
    keyword = "FloatPixelData" if numbers.dtype.itemsize == 4 else "DoubleFloatPixelData"
    setattr(file, keyword, numbers.tobytes())
    return made.written(file)


@pytest.mark.parametrize("numbers", ["f4", "f8"])
@pytest.mark.parametrize("value", [-3.4028234663852886e38, 0.0, 1e30])
def test_padding_of_floats_becomes_the_darkest_value(value: float, numbers: str) -> None:
    real = (STORED / 1000.0 + 0.5).astype(numbers)
    real[:4] = value
    keyword = "FloatPixelPaddingValue" if numbers == "f4" else "DoubleFloatPixelPaddingValue"
    scan = open_bytes(floats(real, **{keyword: value}))
    assert (scan.pixels[:4] == real[4:].min().astype(np.float32)).all()
    np.testing.assert_array_equal(scan.pixels[4:], real[4:].astype(np.float32))
    assert np.isfinite(preprocess.model_input(scan).images).all()


def test_a_range_of_padding_of_floats_is_padding_as_a_whole() -> None:
    real = (STORED / 1000.0 + 0.5).astype(np.float32)
    real[:4] = -5
    real[2] = -7
    said = {"FloatPixelPaddingValue": -5.0, "FloatPixelPaddingRangeLimit": -7.0}
    assert open_bytes(floats(real, **said)).pixels.min() == real[4:].min()


def test_the_networks_input_is_never_a_nan() -> None:
    far = np.linspace(-3.4e38, 3.4e38, 64 * 64, dtype=np.float32).reshape(64, 64)
    with pytest.raises(IntakeError) as caught:
        preprocess.model_input(Scan(far, "0", "tiff"))
    assert caught.value.code == "no_values"
    broken = np.full((64, 64), np.nan, np.float32)
    with pytest.raises(IntakeError):
        preprocess.model_input(Scan(broken, "0", "tiff"))


@pytest.mark.parametrize(
    ("elements", "aspect"),
    [
        ({"PixelSpacing": ["2", "1"]}, 2.0),
        ({"ImagerPixelSpacing": ["0.1", "0.2"]}, 0.5),
        ({"PixelAspectRatio": ["3", "2"]}, 1.5),
        ({"PixelSpacing": ["1", "1"], "PixelAspectRatio": ["3", "2"]}, 1.0),
        ({"PixelAspectRatio": ["0", "2"]}, 1.0),
        ({}, 1.0),
    ],
)
def test_the_header_says_how_oblong_a_pixel_is(elements: dict[str, object], aspect: float) -> None:
    assert open_bytes(made.dicom(STORED, **FILM, **elements)).aspect == aspect
