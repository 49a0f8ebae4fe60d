"""TIFF: every kind of sample, plane, compression and orientation, as another library wrote it."""

from io import BytesIO

import numpy as np
import pytest
import tifffile

from arncnn.errors import IntakeError
from arncnn.intake import open_bytes
from tests.intake import made

_WEIGHTS = [0.299, 0.587, 0.114]
_NUMBERS = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "f2", "f4", "f8"]


def written(pixels: np.ndarray, **options: object) -> bytes:
    out = BytesIO()
    tifffile.imwrite(out, pixels, **{"photometric": "minisblack", "metadata": None} | options)
    return out.getvalue()


def noise(shape: tuple[int, ...], numbers: str) -> np.ndarray:
    drawn = np.random.default_rng(0).random(shape)
    if numbers[0] == "f":
        return drawn.astype(numbers)
    ends = np.iinfo(numbers)
    return (ends.min + drawn * (float(ends.max) - ends.min)).astype(numbers)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("tile", [None, (32, 48)], ids=["strips", "tiles"])
@pytest.mark.parametrize("numbers", _NUMBERS)
def test_every_kind_of_number_keeps_its_values(
    numbers: str, tile: tuple[int, int] | None, order: str
) -> None:
    pixels = noise((70, 90), numbers)
    data = written(pixels, byteorder=order, tile=tile, rowsperstrip=None if tile else 17)
    np.testing.assert_allclose(open_bytes(data).pixels, pixels.astype(np.float32), rtol=1e-6)


@pytest.mark.parametrize(
    ("numbers", "predictor"), [("i1", 2), ("u2", 2), ("i2", 1), ("u4", 2), ("f4", 1), ("f4", 3)]
)
@pytest.mark.parametrize("compression", ["lzw", "deflate"])
def test_compressed_samples_and_their_differences_are_put_together(
    numbers: str, predictor: int, compression: str
) -> None:
    pixels = noise((70, 90), numbers)
    data = written(pixels, compression=compression, predictor=predictor, rowsperstrip=17)
    np.testing.assert_allclose(open_bytes(data).pixels, pixels.astype(np.float32), rtol=1e-6)


@pytest.mark.parametrize("compression", [None, "lzw"])
@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("bits", [8, 16])
def test_colour_counts_0_to_255_however_deep_and_in_however_many_planes(
    bits: int, planes: str, compression: str | None
) -> None:
    colour = noise((40, 50, 3), f"u{bits // 8}")
    stored = colour if planes == "contig" else colour.transpose(2, 0, 1)
    data = written(stored, photometric="rgb", planarconfig=planes, compression=compression)
    scan = open_bytes(data)
    np.testing.assert_allclose(scan.pixels, colour @ _WEIGHTS * 255 / (2**bits - 1), atol=0.01)
    chroma = (colour.max(-1).astype(float) - colour.min(-1)).mean() / (2**bits - 1)
    assert scan.colourfulness == pytest.approx(chroma, abs=1e-3)


@pytest.mark.parametrize(
    ("numbers", "total"), [("u1", 255), ("u2", 65535), ("i1", -1), ("i2", -1), ("u4", 2**32 - 1)]
)
def test_where_zero_is_white_the_range_is_turned_round(numbers: str, total: int) -> None:
    pixels = noise((40, 50), numbers)
    scan = open_bytes(written(pixels, photometric="miniswhite"))
    np.testing.assert_allclose(scan.pixels, total - pixels.astype(float), rtol=1e-6)


def test_where_zero_is_white_floats_are_turned_round_in_their_own_range() -> None:
    pixels = made.ramp(40, 50, 1000).astype(np.float32) / 1000
    np.testing.assert_allclose(
        open_bytes(written(pixels, photometric="miniswhite")).pixels, 1 - pixels, atol=1e-6
    )


@pytest.mark.parametrize("numbers", ["u1", "u2", "f4"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_page_is_turned_upright_once(orientation: int, numbers: str) -> None:
    upright = made.ramp(32, 48, 255).astype(numbers)
    # TIFF 6.0, Orientation: where the stored first row and first column are seen
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: upright.T[::-1],
        7: upright.T[::-1, ::-1],
        8: upright.T[:, ::-1],
    }[orientation]
    data = written(np.ascontiguousarray(stored), extratags=[(274, 3, 1, orientation, True)])
    scan = open_bytes(data)
    np.testing.assert_array_equal(scan.pixels, upright)
    assert bool(scan.warnings) == (orientation != 1)


def test_a_reduced_copy_or_a_mask_is_no_page() -> None:
    out = BytesIO()
    with tifffile.TiffWriter(out) as file:
        for kind in (1, 0, 1, 4, 0):
            page = np.full((32, 48), kind == 4 or 10, bool if kind == 4 else np.uint8)
            file.write(page, subfiletype=kind, metadata=None)
    scans = [open_bytes(out.getvalue(), frame=frame) for frame in range(2)]
    assert [(scan.frames, scan.pixels.max()) for scan in scans] == [(2, 10), (2, 10)]


def test_a_page_that_only_reduced_copies_make_up_is_shown() -> None:
    scan = open_bytes(written(made.ramp(32, 48, 255).astype(np.uint8), subfiletype=1))
    assert scan.frames == 1


def test_twelve_bits_packed_into_bytes_are_unpacked() -> None:
    pixels = made.ramp(40, 51, 4095)
    data = written(pixels, bitspersample=12)
    np.testing.assert_array_equal(open_bytes(data).pixels, pixels)


@pytest.mark.parametrize("associated", [False, True])
def test_opacity_of_deep_samples_lies_over_black(associated: bool) -> None:
    pixels = noise((40, 50, 2), "u2")
    kind = "assocalpha" if associated else "unassalpha"
    data = written(pixels, planarconfig="contig", extrasamples=[kind])
    opacity = 1 if associated else pixels[..., 1] / 65535
    np.testing.assert_allclose(open_bytes(data).pixels, pixels[..., 0] * opacity, atol=0.01)


def test_unequal_resolutions_make_oblong_pixels() -> None:
    pixels = made.ramp(32, 48, 255).astype(np.uint8)
    assert open_bytes(written(pixels, resolution=(200, 100))).aspect == 2.0
    assert open_bytes(written(pixels, resolution=(100, 100))).aspect == 1.0


@pytest.mark.parametrize("compression", [None, "lzw"])
def test_a_page_that_ends_too_early_is_refused(compression: str | None) -> None:
    data = written(noise((70, 90), "i2"), compression=compression, rowsperstrip=70)
    with pytest.raises(IntakeError) as caught:
        open_bytes(data[:-4000])
    assert caught.value.code in ("truncated", "damaged")


def test_complex_numbers_are_named() -> None:
    with pytest.raises(IntakeError, match="usual sample type"):
        open_bytes(written(np.ones((32, 48), np.complex64)))
