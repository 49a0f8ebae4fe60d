"""Pictures: depth, transparency, orientation, pages, colour."""

import gzip
import struct
import zlib
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageOps

from arncnn.errors import IntakeError
from arncnn.intake import open_bytes
from tests.intake import made

GREY = made.ramp(high=255).astype(np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_lossless_pictures_keep_their_values(kind: str) -> None:
    scan = open_bytes(made.picture(GREY, kind))
    assert (scan.kind, scan.colourfulness) == (kind.lower(), 0.0)
    np.testing.assert_array_equal(scan.pixels, GREY)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_kept(kind: str) -> None:
    deep = made.ramp(high=65535)
    np.testing.assert_array_equal(open_bytes(made.picture(deep, kind)).pixels, deep)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_tiff_whose_zero_is_white_is_turned(bits: int) -> None:
    pixels = GREY if bits == 8 else made.ramp(high=65535)
    data = bytearray(made.picture(pixels, "TIFF"))
    at = data.index(struct.pack("<HHI", 262, 3, 1))
    struct.pack_into("<H", data, at + 8, 0)
    np.testing.assert_array_equal(open_bytes(bytes(data)).pixels, 2**bits - 1.0 - pixels)


def test_transparency_lies_over_black() -> None:
    colour = np.random.default_rng(0).integers(0, 256, (32, 48, 4)).astype(np.uint8)
    scan = open_bytes(made.picture(colour))
    by_hand = (colour[..., :3] @ [0.299, 0.587, 0.114]) * (colour[..., 3] / 255)
    np.testing.assert_allclose(scan.pixels, by_hand, atol=1e-3)


@pytest.mark.parametrize("samples", [2, 3, 4])
def test_sixteen_bit_colours_keep_their_bits(samples: int) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (32, 48, samples)).astype(np.uint16)
    scan = open_bytes(imagecodecs.png_encode(deep))
    grey = deep[..., 0] if samples == 2 else deep[..., :3] @ [0.299, 0.587, 0.114]
    opacity = 1 if samples == 3 else deep[..., -1] / 65535
    np.testing.assert_allclose(scan.pixels, grey * opacity, atol=0.02)


def png_with_key(samples: np.ndarray, depth: int, key: list[int]) -> bytes:
    """A PNG by hand, whose colour ``key`` counts as transparent."""
    bits = np.unpackbits(samples.astype(">u2").view(np.uint8).reshape(*samples.shape, 2), axis=-1)
    rows = np.packbits(bits[..., 16 - depth :].reshape(len(samples), -1), axis=1)
    width, kind = samples.shape[1], 2 if samples.ndim == 3 else 0
    header = struct.pack(">IIBBBBB", width, len(samples), depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + made.png_chunk(b"IHDR", header)
        + made.png_chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
        + made.png_chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)))
        + made.png_chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_the_grey_that_a_png_calls_transparent_is_black(depth: int) -> None:
    samples = np.random.default_rng(0).integers(0, 2**depth, (32, 48))
    key = int(samples[3, 3])
    white = {1: 1, 16: 65535}.get(depth, 255)
    expected = np.where(samples == key, 0, samples) * (white / (2**depth - 1))
    scan = open_bytes(png_with_key(samples, depth, [key]))
    np.testing.assert_allclose(scan.pixels, expected, atol=1e-3)


@pytest.mark.parametrize("depth", [8, 16])
def test_the_colour_that_a_png_calls_transparent_is_black(depth: int) -> None:
    samples = np.random.default_rng(0).integers(2, 2**depth, (32, 48, 3))
    samples[4:9] = key = [1, 2, 3]
    scan = open_bytes(png_with_key(samples, depth, key))
    assert not scan.pixels[4:9].any()
    np.testing.assert_allclose(scan.pixels[9:], samples[9:] @ [0.299, 0.587, 0.114], atol=0.02)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = made.picture(GREY, "PNG", exif=exif)

    with Image.open(BytesIO(data)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    scan = open_bytes(data)
    np.testing.assert_array_equal(scan.pixels, expected)
    assert bool(scan.warnings) == (orientation != 1)


def test_pages_of_a_tiff_are_frames() -> None:
    out = BytesIO()
    pages = [Image.fromarray(GREY // (number + 1)) for number in range(3)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    for frame in range(3):
        scan = open_bytes(out.getvalue(), frame=frame)
        assert (scan.frame, scan.frames) == (frame, 3)
        np.testing.assert_array_equal(scan.pixels, GREY // (frame + 1))
    assert open_bytes(out.getvalue()).frame == 1


def test_a_grey_picture_saved_as_colour_is_not_colourful() -> None:
    scan = open_bytes(made.picture(np.repeat(GREY[..., None], 3, axis=-1)))
    assert scan.colourfulness == 0.0
    np.testing.assert_allclose(scan.pixels, GREY, atol=1e-3)


def test_pure_red_is_fully_colourful() -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 255
    assert open_bytes(made.picture(red)).colourfulness == pytest.approx(1.0)


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "LA"])
def test_every_usual_mode_is_read(mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    scan = open_bytes(made.picture(GREY, kind, mode))
    assert scan.pixels.shape == GREY.shape


def test_a_cut_picture_is_refused_not_shown_in_part() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    for kind in ("PNG", "JPEG", "BMP"):
        data = made.picture(noise, kind)
        with pytest.raises(IntakeError) as caught:
            open_bytes(data[: len(data) // 2])
        assert caught.value.code in ("truncated", "damaged")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_nifti_slices_stand_upright(order: str, packed: bool) -> None:
    volume = np.arange(3 * 20 * 30, dtype=order + "i2").reshape(3, 20, 30)  # slice, y, x
    header = bytearray(352)
    struct.pack_into(order + "i", header, 0, 348)
    struct.pack_into(order + "8h", header, 40, 3, 30, 20, 3, 1, 1, 1, 1)
    struct.pack_into(order + "h", header, 70, 4)
    struct.pack_into(order + "8f", header, 76, 1, 0.5, 0.7, 2, 1, 1, 1, 1)
    struct.pack_into(order + "3f", header, 108, 352, 2, -10)
    header[344:348] = b"n+1\0"
    data = bytes(header) + volume.tobytes()
    scan = open_bytes(gzip.compress(data) if packed else data, frame=2)
    np.testing.assert_array_equal(scan.pixels, volume[2, ::-1] * 2.0 - 10)
    assert (scan.kind, scan.frames) == ("nifti", 3)
    assert scan.spacing_mm == pytest.approx((0.7, 0.5))
