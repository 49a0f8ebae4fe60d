"""The input contract: one way from any scan to the network's input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from arncnn import preprocess
from arncnn.intake.scan import Scan, Window

grey_images = arrays(np.uint8, (2, 64, 64))


@given(grey_images)
def test_the_result_lies_between_0_and_1_and_is_never_nan(images: np.ndarray) -> None:
    found = preprocess.normalize(images)
    assert found.shape == (2, 64, 64, 1)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1


@given(grey_images, st.floats(0.1, 50), st.floats(-1000, 1000))
def test_brightness_and_contrast_of_a_file_do_not_matter(
    images: np.ndarray, gain: float, offset: float
) -> None:
    direct = preprocess.normalize(images)
    changed = preprocess.normalize(images.astype(np.float64) * gain + offset)
    np.testing.assert_allclose(changed, direct, atol=5e-3)


def test_the_range_is_the_percentiles_of_numpy() -> None:
    image = np.random.default_rng(0).normal(size=(1, 64, 64)).astype(np.float32)
    low, high = np.percentile(image, [1, 99], method="nearest")
    expected = np.clip((image - low) / (high - low), 0, 1)
    np.testing.assert_allclose(preprocess.normalize(image)[..., 0], expected, atol=1e-6)


def test_a_flat_image_becomes_zero() -> None:
    assert not preprocess.normalize(np.full((1, 64, 64), 137, np.uint8)).any()


def test_a_window_maps_its_borders_to_0_and_1() -> None:
    pixels = np.array([[-160.0, 40.0, 240.0, 3000.0, -3000.0]], np.float32)
    found = preprocess.apply_window(pixels, Window("soft tissue", 40, 400))
    np.testing.assert_allclose(found, [[0, 0.5, 1, 1, 0]])


def test_a_ct_is_read_through_every_window_as_one_batch() -> None:
    pixels = np.random.default_rng(0).uniform(-1000, 1000, (128, 96)).astype(np.float32)
    found = preprocess.model_input(Scan(pixels, "0", "dicom", is_hounsfield=True))
    assert found.images.shape == (len(preprocess.CT_WINDOWS), 64, 64, 1)
    assert found.views == tuple(window.name for window in preprocess.CT_WINDOWS)


def test_a_picture_is_read_as_it_is_shown() -> None:
    pixels = np.random.default_rng(0).uniform(0, 255, (200, 100)).astype(np.float32)
    found = preprocess.model_input(Scan(pixels, "0", "png"))
    assert found.views == (preprocess.AS_SHOWN,)


def test_shrinking_averages_instead_of_picking_pixels() -> None:
    stripes = np.tile(np.array([0.0, 1.0], np.float32), (256, 128))
    assert preprocess.resize(stripes).std() == pytest.approx(0, abs=1e-6)
