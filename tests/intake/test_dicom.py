"""DICOM pixels against NumPy done by hand: the pipeline's order, encodings, frames, colour."""

import hashlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from arncnn.errors import IntakeError
from arncnn.intake import open_bytes
from arncnn.intake.scan import Window
from tests.intake import made
from tests.intake.traps import TRAPS


def windowed(pixels: np.ndarray, window: Window) -> np.ndarray:
    """The linear window function, PS3.3 C.11.2.1.2.1, written out, 0 to 1."""
    low = window.center - 0.5 - (window.width - 1) / 2
    value = (pixels.astype(np.float64) - (window.center - 0.5)) / (window.width - 1) + 0.5
    value = np.where(pixels <= low, 0.0, value)
    return np.where(pixels > low + window.width - 1, 1.0, value)


def lut_item(first: int, table: np.ndarray, bits: int = 16) -> Sequence:
    item = Dataset()
    item.add_new(0x00283002, "SS" if first < 0 else "US", [len(table) % 65536, first, bits])
    item.add_new(0x00283006, "OW", table.astype("<u2").tobytes())
    return Sequence([item])


def test_ct_with_rescale_is_in_hounsfield_units() -> None:
    stored = made.ramp()
    scan = open_bytes(made.dicom(stored, RescaleSlope="2", RescaleIntercept="-1024"))
    assert scan.is_hounsfield
    np.testing.assert_array_equal(scan.pixels, stored.astype(np.float32) * 2 - 1024)
    assert scan.pixels.dtype == np.float32


def test_signed_stored_values_keep_their_sign() -> None:
    stored = (made.ramp().astype(np.int16) - 2000).astype(np.int16)
    scan = open_bytes(made.dicom(stored, RescaleSlope="1", RescaleIntercept="0"))
    np.testing.assert_array_equal(scan.pixels, stored)


@pytest.mark.parametrize(
    "elements",
    [
        {"Modality": "MR", "RescaleSlope": "1", "RescaleIntercept": "0"},
        {"RescaleSlope": "1", "RescaleIntercept": "0", "RescaleType": "US"},
        {"RescaleSlope": "1", "RescaleIntercept": "0", "ImageType": ["ORIGINAL", "X", "LOCALIZER"]},
        {},
    ],
)
def test_other_pictures_are_not_called_hounsfield(elements: dict[str, object]) -> None:
    assert not open_bytes(made.dicom(**elements)).is_hounsfield


def test_the_sha256_is_of_the_bytes_as_they_arrived() -> None:
    data = b"\x4d\x5a" * 64 + made.dicom()[128:]
    assert open_bytes(data).sha256 == hashlib.sha256(data).hexdigest()


def test_windows_travel_as_presets_and_leave_the_pixels_alone() -> None:
    scan = open_bytes(
        made.dicom(
            RescaleSlope="1",
            RescaleIntercept="-1024",
            WindowCenter=["40", "-600"],
            WindowWidth=["400", "1500"],
            WindowCenterWidthExplanation=["soft tissue", "Doe Jane's lung"],
        )
    )
    assert scan.windows == (
        Window("From file: soft tissue", 40, 400),
        Window("From file: -600 / 1500 HU", -600, 1500),
    )
    np.testing.assert_array_equal(scan.pixels, made.ramp() - 1024.0)


def test_monochrome1_is_inverted_after_windowing() -> None:
    stored = made.ramp(high=1000)
    scan = open_bytes(
        made.dicom(
            stored,
            Modality="CR",
            PhotometricInterpretation="MONOCHROME1",
            BitsStored=10,
            HighBit=9,
            RescaleSlope="3",
            RescaleIntercept="7",
            WindowCenter="1500",
            WindowWidth="900",
        )
    )
    by_hand = 1 - windowed(stored * 3.0 + 7, Window("", 1500, 900))
    np.testing.assert_allclose(windowed(scan.pixels, scan.windows[0]), by_hand, atol=1e-6)
    assert scan.pixels[0, 0] > scan.pixels[-1, -1]


def test_monochrome1_ct_keeps_its_physical_values() -> None:
    scan = open_bytes(
        made.dicom(
            PhotometricInterpretation="MONOCHROME1", RescaleSlope="1", RescaleIntercept="-1024"
        )
    )
    np.testing.assert_array_equal(scan.pixels, made.ramp() - 1024.0)


def test_modality_lut_comes_before_the_window_and_clamps_at_both_ends() -> None:
    table = np.arange(100, 1100, dtype=np.uint16)[::-1]  # falling: order of steps shows
    stored = made.ramp(high=2000)
    scan = open_bytes(
        made.dicom(
            stored,
            Modality="DX",
            ModalityLUTSequence=lut_item(500, table),
            WindowCenter="600",
            WindowWidth="500",
        )
    )
    by_hand = table[np.clip(stored.astype(int) - 500, 0, 999)]
    np.testing.assert_array_equal(scan.pixels, by_hand)
    assert scan.windows == (Window("From file: 600 / 500", 600, 500),)


def test_a_voi_lut_becomes_the_window_over_its_rising_part() -> None:
    table = np.concatenate([np.zeros(200), np.linspace(0, 4095, 400), np.full(424, 4095)])
    scan = open_bytes(
        made.dicom(Modality="DX", VOILUTSequence=lut_item(1000, table.astype(np.uint16)))
    )
    (window,) = scan.windows
    assert window.name == "VOI LUT 1"
    assert abs(window.center - 1400) < 3
    assert 380 <= window.width <= 400
    np.testing.assert_array_equal(scan.pixels, made.ramp())


def test_padding_outside_the_field_of_view_becomes_air() -> None:
    stored = (made.ramp().astype(np.int16)).copy()
    stored[:4] = -2000
    scan = open_bytes(
        made.dicom(stored, RescaleSlope="1", RescaleIntercept="-1024", PixelPaddingValue=-2000)
    )
    assert (scan.pixels[:4] == -1024).all()
    np.testing.assert_array_equal(scan.pixels[4:], stored[4:] - 1024.0)


@pytest.mark.parametrize("encoding", [{"implicit": True}, {"big": True}, {}])
def test_every_plain_encoding_gives_the_same_pixels(encoding: dict[str, bool]) -> None:
    scan = open_bytes(made.written(made.dataset(made.ramp()), **encoding))
    np.testing.assert_array_equal(scan.pixels, made.ramp())


@pytest.mark.parametrize("encoding", [{"implicit": True}, {"big": True}, {}])
def test_a_data_set_without_preamble_or_meta_is_read(encoding: dict[str, bool]) -> None:
    file = made.written(made.dataset(made.ramp()), **encoding)
    start = file.index(b"\x00\x08\x00\x16" if encoding.get("big") else b"\x08\x00\x16\x00")
    np.testing.assert_array_equal(open_bytes(file[start:]).pixels, made.ramp())


def test_a_deflated_data_set_is_read() -> None:
    np.testing.assert_array_equal(
        open_bytes(made.deflated(made.body(made.dicom()))).pixels, made.ramp()
    )


@pytest.mark.parametrize(
    "syntax", [uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless], ids=lambda u: u.name
)
def test_lossless_compression_gives_the_same_pixels(syntax: uid.UID) -> None:
    compressed = made.dataset(made.ramp())
    compressed.compress(syntax, generate_instance_uid=False)
    np.testing.assert_array_equal(open_bytes(made.written(compressed)).pixels, made.ramp())


def test_baseline_jpeg_is_read_as_pillow_reads_it() -> None:
    stream = made.picture(made.ramp(high=255).astype(np.uint8), "JPEG", quality=90)

    expected = np.asarray(Image.open(BytesIO(stream)))
    scan = open_bytes(made.encapsulated(uid.JPEGBaseline8Bit, stream))
    assert np.abs(scan.pixels - expected).max() <= 1  # two JPEG decoders may round apart
    assert scan.attributes["TransferSyntax"] == "JPEG Baseline (Process 1)"


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.RLELossless])
def test_the_frame_asked_for_is_the_one_decoded(syntax: uid.UID) -> None:
    frames = np.stack([made.ramp() + 10 * number for number in range(5)]).astype(np.uint16)
    file = made.dataset(frames)
    if syntax.is_encapsulated:
        file.compress(syntax, generate_instance_uid=False)
    data = made.written(file)
    for frame in range(5):
        scan = open_bytes(data, frame=frame)
        assert (scan.frame, scan.frames) == (frame, 5)
        np.testing.assert_array_equal(scan.pixels, frames[frame])
    assert open_bytes(data).frame == 2


def test_a_frame_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IntakeError, match="1 frames, counted from 0; frame 7") as caught:
        open_bytes(made.dicom(), frame=7)
    assert caught.value.code == "no_such_frame"


def test_colour_becomes_luminance_and_its_colourfulness_is_known() -> None:
    colour = np.random.default_rng(1).integers(0, 256, (32, 48, 3)).astype(np.uint8)
    scan = open_bytes(made.dicom(colour, Modality="US"))
    np.testing.assert_allclose(scan.pixels, colour @ [0.299, 0.587, 0.114], atol=1e-3)
    chroma = (colour.max(-1).astype(float) - colour.min(-1)).mean() / 255
    assert scan.colourfulness == pytest.approx(chroma, abs=1e-6)


def test_planar_colour_equals_interleaved_colour() -> None:
    colour = np.random.default_rng(2).integers(0, 256, (32, 48, 3)).astype(np.uint8)
    planar = made.dataset(colour, PlanarConfiguration=1)
    planar.PixelData = np.ascontiguousarray(colour.transpose(2, 0, 1)).tobytes()
    np.testing.assert_array_equal(
        open_bytes(made.written(planar)).pixels, open_bytes(made.dicom(colour)).pixels
    )


@pytest.mark.parametrize("wide", [False, True])
def test_a_palette_is_looked_up_with_its_first_entry_and_ends(wide: bool) -> None:
    stored = made.ramp(high=255).astype(np.uint8)
    tables = np.random.default_rng(3).integers(0, 65536 if wide else 256, (3, 200))
    elements: dict[str, object] = {"PhotometricInterpretation": "PALETTE COLOR", "Modality": "US"}
    for name, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [200, 20, 16 if wide else 8]
        elements[f"{name}PaletteColorLookupTableData"] = table.astype(
            "<u2" if wide else "u1"
        ).tobytes()
    scan = open_bytes(made.dicom(stored, **elements))
    index = np.clip(stored.astype(int) - 20, 0, 199)
    by_hand = np.tensordot([0.299, 0.587, 0.114], tables[:, index], axes=1)
    np.testing.assert_allclose(scan.pixels, by_hand, rtol=1e-6, atol=1e-3)


def test_enhanced_files_use_the_frames_own_rescale_window_and_spacing() -> None:
    def per_frame(intercept: int) -> Dataset:
        group, transform, voi, measures = Dataset(), Dataset(), Dataset(), Dataset()
        transform.RescaleSlope, transform.RescaleIntercept = "1", str(intercept)
        transform.RescaleType = "HU"
        voi.WindowCenter, voi.WindowWidth = str(intercept), "300"
        measures.PixelSpacing = ["0.5", "0.75"]
        group.PixelValueTransformationSequence = Sequence([transform])
        group.FrameVOILUTSequence = Sequence([voi])
        group.PixelMeasuresSequence = Sequence([measures])
        return group

    frames = np.stack([made.ramp(), made.ramp()])
    data = made.dicom(
        frames, PerFrameFunctionalGroupsSequence=Sequence([per_frame(-1000), per_frame(-500)])
    )
    for frame, intercept in enumerate((-1000, -500)):
        scan = open_bytes(data, frame=frame)
        assert scan.is_hounsfield
        np.testing.assert_array_equal(scan.pixels, made.ramp() + float(intercept))
        assert scan.windows == (Window(f"From file: {intercept} / 300 HU", intercept, 300),)
        assert scan.spacing_mm == (0.5, 0.75)


def test_twelve_bit_jpeg_names_the_optional_decoder() -> None:
    # A baseline stream whose frame header is rewritten to extended sequential, 12 bits
    stream = bytearray(made.picture(made.ramp(high=255).astype(np.uint8), "JPEG"))
    at = stream.index(b"\xff\xc0")
    stream[at + 1], stream[at + 4] = 0xC1, 12
    file = made.encapsulated(
        uid.JPEGExtended12Bit, bytes(stream), BitsAllocated=16, BitsStored=12, HighBit=11
    )
    with pytest.raises(IntakeError, match="pylibjpeg-libjpeg") as caught:
        open_bytes(file)
    assert caught.value.code == "jpeg_12_bit"


@pytest.mark.parametrize(
    "trap", ["pixels_longer_than_the_file", "an_encapsulated_fragment_longer_than_the_file"]
)
def test_a_stated_length_beyond_the_file_is_refused(trap: str) -> None:
    with pytest.raises(IntakeError) as caught:
        open_bytes(TRAPS[trap]())
    assert caught.value.code == "truncated"


def test_an_unreadable_compression_is_named() -> None:
    with pytest.raises(IntakeError, match="MPEG2") as caught:
        open_bytes(made.encapsulated(uid.MPEG2MPML, b"\x00\x00\x01\xb3" * 8))
    assert caught.value.code == "transfer_syntax"
