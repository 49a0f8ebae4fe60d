"""Pictures: windows as DICOM defines them, maps never stretched, colours that keep their sign."""

import io

import numpy as np
import pytest
from PIL import Image
from plotly.colors import sample_colorscale, unlabel_rgb

from arncnn.figures import picture
from arncnn.intake.scan import Scan, Window


def _scan(pixels: np.ndarray, **kwargs: object) -> Scan:
    return Scan(pixels=pixels.astype(np.float32), sha256="0" * 64, kind="png", **kwargs)


def test_a_display_window_maps_its_ends_to_black_and_white() -> None:
    scan = _scan(np.array([[-160.0, 40.0, 240.0, 1000.0]]), is_hounsfield=True)
    shown = picture.display(scan, Window("soft tissue", 40.0, 400.0))
    np.testing.assert_array_equal(shown, [[0, 128, 255, 255]])


def test_the_files_own_window_comes_first() -> None:
    own = Window("own", 50.0, 100.0)
    scan = _scan(np.zeros((2, 2)), is_hounsfield=True, windows=(own,))
    assert picture.windows(scan)[0] is own
    assert len(picture.windows(scan)) > 1


def test_an_eight_bit_picture_is_shown_as_stored() -> None:
    pixels = np.arange(256, dtype=np.float32).reshape(16, 16)
    np.testing.assert_array_equal(picture.display(_scan(pixels)), pixels.astype(np.uint8))


@pytest.mark.parametrize(
    ("aspect", "shape"), [(1.0, (40, 60)), (2.0, (80, 60)), (0.5, (40, 120)), (3.5, (140, 60))]
)
def test_oblong_pixels_are_drawn_in_their_true_shape(aspect: float, shape: tuple[int, int]) -> None:
    rows, columns = np.indices((40, 60))
    disc = ((rows - 19.5) * aspect) ** 2 + (columns - 29.5) ** 2 < min(19 * aspect, 29) ** 2
    shown = picture.display(_scan(disc * 255.0, aspect=aspect))
    assert shown.shape == shape
    wide, high = (np.ptp(np.flatnonzero((shown > 127).any(axis=axis))) for axis in (0, 1))
    assert abs(wide - high) <= 2 * max(aspect, 1 / aspect)


def test_a_large_picture_is_not_made_larger_than_it_may_be() -> None:
    assert picture.display(_scan(np.ones((600, 400)), aspect=10.0)).shape == (4096, 273)
    assert picture.display(_scan(np.ones((5000, 400)), aspect=2.0)).shape == (5000, 200)


def test_a_map_of_zeros_leaves_the_picture_alone() -> None:
    grey = np.full((16, 16), 90, np.uint8)
    for is_signed in (True, False):
        over = picture.overlay(
            grey,
            np.zeros((8, 8), np.float32),
            scale=1.0,
            is_signed=is_signed,
            opacity=1.0,
            smooth=False,
        )
        np.testing.assert_array_equal(over, np.repeat(grey[..., None], 3, axis=2))


def test_a_weak_map_looks_weak_on_the_scale_it_is_given() -> None:
    grey = np.zeros((8, 8), np.uint8)
    values = np.full((8, 8), 1.0, np.float32)
    strong, weak = (
        picture.overlay(grey, values, scale=scale, is_signed=True, opacity=1.0, smooth=False)
        for scale in (1.0, 10.0)
    )
    np.testing.assert_allclose(weak.astype(float), strong / 10, atol=1)


def test_evidence_for_and_against_have_different_colours() -> None:
    values = np.array([[-1.0, 1.0]], np.float32)
    against, pro = picture.palette(values, is_signed=True)[0]
    assert against[2] > against[0]  # blue
    assert pro[0] > pro[2]  # orange


def test_evidence_against_is_as_bright_as_evidence_for_so_that_neither_hides_on_a_dark_scan() -> (
    None
):
    def luminance(rgb: np.ndarray) -> float:
        share = rgb / 255  # WCAG 2.2, relative luminance
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    against, pro = picture.palette(np.array([-1.0, 1.0], np.float32), is_signed=True)
    assert luminance(against) == pytest.approx(luminance(pro), rel=0.05)


def test_unsigned_maps_are_cividis() -> None:
    strengths = np.linspace(0, 1, 11, dtype=np.float32)
    expected = [unlabel_rgb(colour) for colour in sample_colorscale("Cividis", strengths)]
    np.testing.assert_allclose(picture.palette(strengths, is_signed=False), expected, atol=8)


def test_the_native_grid_keeps_hard_edges() -> None:
    grown = picture.enlarge(np.eye(2, dtype=np.float32), (4, 4), smooth=False)
    np.testing.assert_array_equal(grown, np.kron(np.eye(2), np.ones((2, 2))))


@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("opacity", [0.0, 0.35, 1.0])
def test_a_layer_over_the_picture_looks_as_the_overlay_does(
    is_signed: bool, smooth: bool, opacity: float
) -> None:
    random = np.random.default_rng(0)
    grey = random.integers(0, 256, (48, 64), dtype=np.uint8)
    values = random.normal(size=(8, 8)).astype(np.float32)
    how = {"scale": 2.0, "is_signed": is_signed, "smooth": smooth}
    layer = picture.layer(values, (48, 64), **how).astype(float)
    share = opacity * layer[..., 3:] / 255  # as a browser lays it over
    composed = share * layer[..., :3] + (1 - share) * grey[..., None]
    expected = picture.overlay(grey, values, opacity=opacity, **how)
    np.testing.assert_allclose(composed, expected, atol=1.1)


@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize("smooth", [True, False])
def test_a_layers_png_holds_the_very_layer(is_signed: bool, smooth: bool) -> None:
    values = np.random.default_rng(1).normal(size=(9, 7)).astype(np.float32)
    how = {"scale": 1.5, "is_signed": is_signed, "smooth": smooth}
    stored = Image.open(io.BytesIO(picture.layer_png(values, (90, 70), **how)))
    layer = picture.layer(values, (90, 70), **how)
    np.testing.assert_array_equal(np.asarray(stored.convert("RGBA")), layer)
    assert len(np.unique(layer[..., 3])) > 20


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (5, 7, 4)])
def test_a_png_gives_back_the_very_pixels(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(picture.png(pixels)))), pixels)


@pytest.mark.parametrize("is_signed", [False, True])
def test_the_colour_scale_is_as_transparent_as_the_map_it_explains(is_signed: bool) -> None:
    strengths = np.linspace(-1 if is_signed else 0, 1, 5, dtype=np.float32)
    laid = picture.layer(
        strengths[None], (1, 5), scale=1.0, is_signed=is_signed, smooth=False
    ).reshape(5, 4)
    for colour, (*rgb, alpha) in zip(
        picture.scale_colours(is_signed=is_signed, steps=5), laid.tolist(), strict=True
    ):
        *shown, opacity = (float(part) for part in colour[5:-1].split(","))
        assert shown == pytest.approx(rgb, abs=1)
        assert opacity == pytest.approx(alpha / 255, abs=0.01)


def test_the_scale_of_a_map_drawn_alone_is_as_opaque_as_the_map() -> None:
    colours = picture.scale_colours(is_signed=False, is_opaque=True, steps=5)
    drawn = picture.palette(np.linspace(0, 1, 5, dtype=np.float32), is_signed=False)
    assert colours == tuple(f"rgba({r},{g},{b},1.00)" for r, g, b in drawn.tolist())
