"""Modality and VOI: windows, their functions and tables, units and padding, against the standard.

The right greys are PS3.3 C.11.2 written out here; ``test_differential`` asks dcmtk for the same.
"""

import struct

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from arncnn import preprocess
from arncnn.figures import picture
from arncnn.intake import Scan, open_bytes
from tests.intake import made

STORED = made.ramp(32, 48, 1000)
FILM = {"Modality": "CR", "SOPClassUID": uid.ComputedRadiographyImageStorage}


def shown(stored: np.ndarray = STORED, **elements: object) -> np.ndarray:
    return picture.display(open_bytes(made.dicom(stored, **FILM | elements))).astype(float)


def lut(first: int, table: np.ndarray, bits: int, data: object = None, vr: str = "OW") -> Sequence:
    item = Dataset()
    item.add_new(0x00283002, "US", [len(table) % 65536, first % 65536, bits])
    item.add_new(0x00283006, vr, table.astype("<u2").tobytes() if data is None else data)
    return Sequence([item])


def linear(values: np.ndarray, center: float, width: float) -> np.ndarray:
    """PS3.3 C.11.2.1.2.1, 0 to 255."""
    grey = ((values - (center - 0.5)) / (width - 1) + 0.5) * 255
    grey = np.where(values <= center - 0.5 - (width - 1) / 2, 0, grey)
    return np.where(values > center - 0.5 + (width - 1) / 2, 255, grey)


@pytest.mark.parametrize(("center", "width"), [(500, 300), (512, 1024), (127.5, 256), (30, 1.5)])
def test_a_window_is_half_a_value_lower_and_one_narrower(center: float, width: float) -> None:
    found = shown(WindowCenter=str(center), WindowWidth=str(width))
    assert np.abs(found - linear(STORED.astype(float), center, width)).max() <= 0.501


def test_a_window_of_two_shows_two_greys() -> None:
    bits = (STORED % 2).astype(np.uint16)
    np.testing.assert_array_equal(shown(bits, WindowCenter="1", WindowWidth="2"), bits * 255)


def test_a_window_of_one_is_a_threshold() -> None:
    found = shown(WindowCenter="500", WindowWidth="1")
    np.testing.assert_array_equal(found, np.where(STORED <= 499.5, 0, 255))


def test_an_exact_window_is_not_moved() -> None:
    found = shown(WindowCenter="500", WindowWidth="300", VOILUTFunction="LINEAR_EXACT")
    assert np.abs(found - np.clip((STORED - 350.0) / 300, 0, 1) * 255).max() <= 0.501


@pytest.mark.parametrize("polarity", ["MONOCHROME2", "MONOCHROME1"])
def test_a_sigmoid_is_drawn_as_one(polarity: str) -> None:
    found = shown(
        WindowCenter="500",
        WindowWidth="300",
        VOILUTFunction="SIGMOID",
        PhotometricInterpretation=polarity,
    )
    grey = 255 / (1 + np.exp(-4 * (STORED - 500.0) / 300))  # C.11.2.1.3.1
    assert np.abs(found - (grey if polarity == "MONOCHROME2" else 255 - grey)).max() <= 0.6


TABLES = {
    "falls": np.linspace(65535, 0, 1024),
    "curved": 65535 * np.linspace(0, 1, 1024) ** 3,
    "steps": np.repeat([0, 60000, 20000, 65535], 256),
    "hill": 65535 * np.sin(np.linspace(0, np.pi, 1024)),
}


@pytest.mark.parametrize("polarity", ["MONOCHROME2", "MONOCHROME1"])
@pytest.mark.parametrize("name", TABLES)
def test_a_voi_lut_is_drawn_as_the_table_it_is(name: str, polarity: str) -> None:
    table = TABLES[name].astype(np.uint16)
    found = shown(VOILUTSequence=lut(100, table, 16), PhotometricInterpretation=polarity)
    grey = table[np.clip(STORED.astype(int) - 100, 0, 1023)] / 65535 * 255
    assert np.abs(found - (grey if polarity == "MONOCHROME2" else 255 - grey)).max() <= 0.501


def test_a_falling_table_is_what_the_network_sees_too() -> None:
    table = np.linspace(65535, 0, 1024).astype(np.uint16)
    read = preprocess.model_input(
        open_bytes(made.dicom(STORED, **FILM, VOILUTSequence=lut(0, table, 16)))
    )
    plain = preprocess.model_input(open_bytes(made.dicom(STORED, **FILM)))
    np.testing.assert_allclose(read.images, 1 - plain.images, atol=0.01)


def test_a_table_for_signed_pixels_starts_below_zero() -> None:
    signed = STORED.astype(np.int16) - 500
    table = np.linspace(65535, 0, 1024).astype(np.uint16)
    found = shown(signed, VOILUTSequence=lut(-500, table, 16))
    assert np.abs(found - table[STORED.astype(int)] / 65535 * 255).max() <= 0.501


@pytest.mark.parametrize("kind", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize("vr", ["OW", "US"])
def test_a_table_of_8_bits_may_be_packed_two_in_a_word(vr: str, kind: str) -> None:
    table = (np.arange(1024)[::-1] // 4).astype(np.uint8)
    words = table.view("<u2")
    data = words.tobytes() if vr == "OW" else words.tolist()
    scan = open_bytes(made.dicom(STORED, **FILM, **{kind: lut(0, table, 8, data, vr)}))
    found = picture.display(scan) if kind == "VOILUTSequence" else scan.pixels
    np.testing.assert_allclose(found, table[STORED], atol=0.501)


@pytest.mark.parametrize("kind", ["VOILUTSequence", "ModalityLUTSequence"])
def test_an_empty_item_counts_as_absent(kind: str) -> None:
    item = Dataset()
    item.add_new(0x00283002, "US", None)
    item.add_new(0x00283006, "US", None)
    scan = open_bytes(made.dicom(STORED, **FILM, **{kind: Sequence([item])}))
    np.testing.assert_array_equal(scan.pixels, STORED)
    assert scan.windows == ()


@pytest.mark.parametrize("how", ["LUT", "rescale"])
@pytest.mark.parametrize(
    ("storage", "is_applied"),
    [
        (uid.XRayAngiographicImageStorage, False),
        (uid.XRayRadiofluoroscopicImageStorage, False),
        (uid.SecondaryCaptureImageStorage, True),
        (uid.EnhancedXAImageStorage, True),
    ],
)
def test_angiograms_and_fluoroscopies_are_shown_as_stored(
    storage: uid.UID, is_applied: bool, how: str
) -> None:
    table = np.arange(1001)[::-1].astype(np.uint16)
    if how == "LUT":
        said: dict[str, object] = {"ModalityLUTSequence": lut(0, table, 16)}
    else:
        said = {"RescaleSlope": "-1", "RescaleIntercept": "1000"}
    scan = open_bytes(made.dicom(STORED, Modality="XA", SOPClassUID=storage, **said))
    np.testing.assert_array_equal(scan.pixels, 1000.0 - STORED if is_applied else STORED)


def with_texts(stored: np.ndarray = STORED, **texts: str) -> Scan:
    """A film whose decimal strings are written byte for byte."""
    data = made.dicom(stored, **FILM, WindowCenter="7777", WindowWidth="8888")
    for keyword, old in (("WindowCenter", b"7777"), ("WindowWidth", b"8888")):
        number = {"WindowCenter": 0x1050, "WindowWidth": 0x1051}[keyword]
        new = texts[keyword].encode()
        new += b" " * (len(new) % 2)
        head = struct.pack("<HH2sH", 0x0028, number, b"DS", 4)
        data = data.replace(head + old, struct.pack("<HH2sH", 0x28, number, b"DS", len(new)) + new)
    return open_bytes(data)


@pytest.mark.parametrize(
    ("center", "width"),
    [("500\\", "300\\"), ("500\\x", "300\\20"), ("\\500", "5\\300"), ("x\\500", "9\\300")],
)
def test_the_first_valid_pair_of_window_values_counts(center: str, width: str) -> None:
    scan = with_texts(WindowCenter=center, WindowWidth=width)
    assert [(window.center, window.width) for window in scan.windows] == [(500, 300)]


@pytest.mark.parametrize(
    ("center", "width"), [("50000", "100"), ("-90", "20"), ("500\\-5", "0\\3"), ("5e9", "1")]
)
def test_a_window_that_leaves_one_grey_gives_way_with_a_remark(center: str, width: str) -> None:
    scan = with_texts(WindowCenter=center, WindowWidth=width)
    assert scan.windows == ()
    assert np.ptp(picture.display(scan)) > 200
    assert np.ptp(preprocess.model_input(scan).images) == 1
    assert any("single grey" in sentence for sentence in scan.warnings)


def test_a_window_that_shows_something_stays_without_a_remark() -> None:
    scan = with_texts(WindowCenter="990", WindowWidth="30")
    assert len(scan.windows) == 1
    assert scan.warnings == ()


def test_a_flat_picture_keeps_its_window() -> None:
    scan = with_texts(np.full((32, 48), 7, np.uint16), WindowCenter="500", WindowWidth="300")
    assert len(scan.windows) == 1
    assert scan.warnings == ()
