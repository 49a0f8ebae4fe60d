"""Which bits of a cell are a sample's, and its sign, behind every codec (PS3.5 8.1.1)."""

import imagecodecs
import numpy as np
import pytest
from pydicom import uid

from arncnn.errors import IntakeError
from arncnn.intake import open_bytes
from tests.intake import made

SIGNED = (made.ramp(64, 64, 900).astype(np.int16) - 500).astype(np.int16)
UNSIGNED = made.ramp(64, 64, 900)


def rle(cells: np.ndarray) -> bytes:
    """Two segments of literal runs by hand (PS3.5 annex G)."""
    segments = []
    for plane in (cells >> 8, cells & 0xFF):
        rows = plane.astype(np.uint8)
        packed = b"".join(bytes([len(row) - 1]) + row.tobytes() for row in rows)
        segments.append(packed + b"\x80" * (len(packed) % 2))
    first = 64
    header = np.array([2, first, first + len(segments[0])] + [0] * 13, "<u4").tobytes()
    return header + b"".join(segments)


CODECS = {
    "native": (uid.ExplicitVRLittleEndian, None),
    "RLE": (uid.RLELossless, rle),
    "JPEG-LS": (uid.JPEGLSLossless, imagecodecs.jpegls_encode),
    "JPEG 2000": (
        uid.JPEG2000Lossless,
        lambda cells: imagecodecs.jpeg2k_encode(cells, codecformat="j2k", reversible=True),
    ),
    "HTJ2K": (uid.HTJ2KLossless, imagecodecs.htj2k_encode),
    "JPEG": (uid.JPEGLosslessSV1, lambda cells: imagecodecs.ljpeg_encode(cells, bitspersample=16)),
}
by_codec = pytest.mark.parametrize("codec", CODECS)


def file(codec: str, cells: np.ndarray, **elements: object) -> bytes:
    """A DICOM file around cells of 16 bits, whatever the header says of them."""
    syntax, encode = CODECS[codec]
    elements = {"Modality": "MR", "SOPClassUID": uid.MRImageStorage} | elements
    if encode is None:
        return made.dicom(cells, **elements)
    stream = encode(np.ascontiguousarray(cells))
    shape = {"Rows": cells.shape[0], "Columns": cells.shape[1], "BitsAllocated": 16}
    return made.encapsulated(syntax, stream, **shape, **elements)


@by_codec
def test_a_sample_of_12_bits_is_freed_of_the_bits_above(codec: str) -> None:
    overlay = (np.indices((64, 64)).sum(axis=0) % 16).astype(np.uint16) << 12
    data = file(codec, UNSIGNED | overlay, BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(open_bytes(data).pixels, UNSIGNED)


@by_codec
def test_a_sample_that_ends_at_the_high_bit_is_shifted_down(codec: str) -> None:
    data = file(codec, UNSIGNED << 4 | 9, BitsStored=12, HighBit=15)
    np.testing.assert_array_equal(open_bytes(data).pixels, UNSIGNED)


@by_codec
def test_signed_12_bits_in_a_cell_of_16_are_negative(codec: str) -> None:
    cells = SIGNED.view(np.uint16) & 0x0FFF
    data = file(codec, cells, BitsStored=12, HighBit=11, PixelRepresentation=1)
    np.testing.assert_array_equal(open_bytes(data).pixels, SIGNED)


@by_codec
def test_signed_16_bits_are_negative(codec: str) -> None:
    data = file(codec, SIGNED.view(np.uint16), BitsStored=16, HighBit=15, PixelRepresentation=1)
    np.testing.assert_array_equal(open_bytes(data).pixels, SIGNED)


@by_codec
def test_a_high_bit_that_cannot_be_is_passed_over(codec: str) -> None:
    data = file(codec, UNSIGNED, BitsStored=12, HighBit=3)
    np.testing.assert_array_equal(open_bytes(data).pixels, UNSIGNED)


@pytest.mark.parametrize("codec", ["JPEG 2000", "HTJ2K"])
@pytest.mark.parametrize("header_signed", [0, 1])
def test_the_sign_of_a_jpeg_2000_stream_counts(codec: str, header_signed: int) -> None:
    data = file(codec, SIGNED, BitsStored=16, HighBit=15, PixelRepresentation=header_signed)
    np.testing.assert_array_equal(open_bytes(data).pixels, SIGNED)


def test_a_signed_stream_of_12_bits_is_read() -> None:
    stream = imagecodecs.jpeg2k_encode(SIGNED, codecformat="j2k", reversible=True, bitspersample=12)
    shape = {"Rows": 64, "Columns": 64, "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11}
    data = made.encapsulated(uid.JPEG2000Lossless, stream, Modality="MR", **shape)
    np.testing.assert_array_equal(open_bytes(data).pixels, SIGNED)


@pytest.mark.parametrize(
    "syntax", [uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLSLossless]
)
@pytest.mark.parametrize("stored", [8, 12])
def test_a_stream_of_8_bits_in_16_allocated_ones_is_read(syntax: uid.UID, stored: int) -> None:
    eight = made.ramp(64, 64, 255).astype(np.uint8)
    is_exact = syntax == uid.JPEGLSLossless
    stream = imagecodecs.jpegls_encode(eight) if is_exact else made.picture(eight, "JPEG")
    header = {"Rows": 64, "Columns": 64, "BitsAllocated": 16, "BitsStored": stored}
    scan = open_bytes(made.encapsulated(syntax, stream, HighBit=stored - 1, **header))
    expected = eight if is_exact else imagecodecs.jpeg_decode(stream)
    assert np.abs(scan.pixels - expected).max() <= (0 if is_exact else 1)


@pytest.mark.parametrize("representation", [0, 1])
@pytest.mark.parametrize("bits", [1, 8, 32])
def test_other_cells_keep_their_values(bits: int, representation: int) -> None:
    if bits == 1:
        pixels = (np.indices((64, 64)).sum(axis=0) % 3 == 0).astype(np.uint8)
        made_here = made.dataset(pixels, BitsAllocated=1, BitsStored=1, HighBit=0)
        made_here.PixelData = np.packbits(pixels, bitorder="little").tobytes()
        data = made.written(made_here)
    else:
        numbers = f"{'i' if representation else 'u'}{bits // 8}"
        pixels = (UNSIGNED % 200 - (100 if representation else 0)).astype(numbers)
        data = made.dicom(pixels)
    np.testing.assert_array_equal(open_bytes(data).pixels, pixels)


def test_colour_of_12_bits_in_16_is_freed_of_the_bits_above_too() -> None:
    colour = np.random.default_rng(0).integers(0, 4096, (32, 48, 3)).astype(np.uint16)
    data = made.dicom(colour | 0x8000, BitsStored=12, HighBit=11, Modality="OT")
    scan = open_bytes(data)
    np.testing.assert_allclose(scan.pixels, colour @ [0.299, 0.587, 0.114], atol=0.01)


def test_a_palette_of_8_bits_in_big_endian_words_is_swapped() -> None:
    table = np.random.default_rng(0).integers(0, 256, (3, 256)).astype(np.uint8)
    index = np.arange(32 * 48).reshape(32, 48) % 256
    file = made.dataset(index.astype(np.uint16), PhotometricInterpretation="PALETTE COLOR")
    for name, channel in zip(("Red", "Green", "Blue"), table, strict=True):
        setattr(file, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 8])
        words = channel.view("<u2").astype(">u2")  # the first entry is a word's lower byte
        setattr(file, f"{name}PaletteColorLookupTableData", words.tobytes())
    expected = np.tensordot([0.299, 0.587, 0.114], table[:, index], axes=1)
    np.testing.assert_allclose(open_bytes(made.written(file, big=True)).pixels, expected, atol=1e-3)


def test_retired_partial_range_colour_is_read() -> None:
    luma = made.ramp(32, 48, 219).astype(np.uint8) + 16
    pairs = np.stack([luma[:, ::2], luma[:, 1::2], *[np.full((32, 24), 128, np.uint8)] * 2], -1)
    file = made.dataset(np.zeros((32, 48, 3), np.uint8), Modality="US")
    file.PhotometricInterpretation = "YBR_PARTIAL_422"
    file.PixelData = pairs.tobytes()
    scan = open_bytes(made.written(file))
    assert np.abs(scan.pixels - (luma - 16.0) * 255 / 219).max() <= 1
    assert scan.colourfulness == 0


def test_colour_of_video_is_named() -> None:
    with pytest.raises(IntakeError, match="PhotometricInterpretation") as caught:
        open_bytes(made.dicom(PhotometricInterpretation="YBR_PARTIAL_420"))
    assert caught.value.code == "header_incomplete"
