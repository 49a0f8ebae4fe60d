"""A report's maps: every class on one scale, every module in order, drawn as the page does."""

import numpy as np
import pytest

from arncnn.explain import Maps
from arncnn.figures import picture
from arncnn.labels import title
from arncnn.reports import case_maps

LABELS = ("AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT")
SCAN = np.arange(64 * 48, dtype=np.uint8).reshape(64, 48)
VALUES = np.random.default_rng(0).normal(size=(6, 8, 8)).astype(np.float32)
MAPS = Maps("integrated", VALUES, "logit", is_signed=True, reference=3.0)


@pytest.mark.parametrize("smooth", [True, False])
def test_every_class_is_drawn_on_the_methods_one_scale(smooth: bool) -> None:
    gallery = case_maps.classes(SCAN, MAPS, LABELS, opacity=0.5, smooth=smooth)
    assert [plate.caption for plate in gallery.plates] == [title(label) for label in LABELS]
    below = picture.fit(SCAN, 256)
    for plate, values in zip(gallery.plates, VALUES, strict=True):
        expected = picture.overlay(
            below, values, scale=3.0, is_signed=True, opacity=0.5, smooth=smooth
        )
        np.testing.assert_array_equal(plate.image, expected)
    assert "Full colour stands for 3 logit or more" in gallery.note


def test_a_class_without_support_says_so() -> None:
    against = Maps("integrated", -np.abs(VALUES), "logit", is_signed=True, reference=3.0)
    gallery = case_maps.classes(SCAN, against, LABELS, opacity=0.5, smooth=True)
    assert all("No positive evidence for" in plate.alt for plate in gallery.plates)


def test_attention_modules_come_in_the_networks_order_and_a_network_without_has_none() -> None:
    attention = {
        f"attention_{number}": np.linspace(0, number / 10, 64, dtype=np.float32).reshape(8, 8, 1)
        for number in (3, 1, 2)
    }
    gallery = case_maps.attention(SCAN, attention, opacity=0.5, smooth=True)
    starts = [plate.caption.split(",")[0] for plate in gallery.plates]
    assert starts == [f"Attention module {number}" for number in (1, 2, 3)]
    assert not case_maps.attention(SCAN, {}, opacity=0.5, smooth=True).plates
