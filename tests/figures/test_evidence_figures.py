"""Evidence figures keep one scale, give the unit, and say in words what they show."""

import numpy as np
import pytest

from arncnn import picture
from arncnn.figures import evidence

GREY = np.full((64, 48), 100, np.uint8)


def _map(value: float = 1.0) -> np.ndarray:
    values = np.zeros((8, 8), np.float32)
    values[0, 0] = value
    return values


def _strength(values: np.ndarray, scale: float) -> float:
    drawn = evidence.figure(GREY, values, scale=scale, unit="logit", is_signed=True, smooth=False)
    over = np.asarray(drawn.data[0].z)
    return float(np.abs(over[2, 2].astype(int) - 100).sum())


def test_a_weak_map_stays_weak_on_the_scale_of_a_strong_one() -> None:
    assert _strength(_map(0.1), 1.0) < 0.2 * _strength(_map(1.0), 1.0)
    assert _strength(_map(0.1), 0.1) == _strength(_map(1.0), 1.0)


def test_the_pointer_finds_the_maps_own_values_at_their_places() -> None:
    values = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)
    drawn = evidence.figure(GREY, values, scale=2.0, unit="logit", is_signed=True)
    heat = drawn.data[1]
    assert np.array_equal(np.asarray(heat.z), values)
    assert (heat.zmin, heat.zmax) == (-2.0, 2.0)
    assert heat.colorbar.title.text == "logit"
    assert np.asarray(heat.x)[0] == pytest.approx(48 / 16 - 0.5)
    assert np.asarray(heat.y)[-1] == pytest.approx(64 - 4 - 0.5)


def test_a_map_without_a_sign_starts_at_zero() -> None:
    drawn = evidence.figure(GREY, _map(), scale=3.0, unit="logit", is_signed=False)
    assert (drawn.data[1].zmin, drawn.data[1].zmax) == (0.0, 3.0)


def test_an_empty_map_leaves_the_picture_as_it_is() -> None:
    drawn = evidence.figure(
        GREY, np.zeros((8, 8), np.float32), scale=0.0, unit="logit", is_signed=True
    )
    assert (np.asarray(drawn.data[0].z) == 100).all()


def test_the_words_name_the_place_and_the_scale() -> None:
    text = evidence.alt_text(_map(), "Hand X-ray", "logit", scale=2.5, is_signed=True)
    assert "upper left of the image" in text
    assert "Full colour stands for 2.5 logit" in text


@pytest.mark.parametrize("is_signed", [True, False])
def test_a_plate_keeps_the_picture_and_adds_a_colour_bar_below(is_signed: bool) -> None:
    over = picture.overlay(
        np.full((512, 480), 9, np.uint8),
        _map(),
        scale=1.0,
        is_signed=is_signed,
        opacity=0.7,
        smooth=True,
    )
    drawn = evidence.plate(
        over, scale=1.0, unit="logit", is_signed=is_signed, lines=["CXR", "naïve"]
    )
    assert np.array_equal(drawn[:512], over)
    bar = drawn[512 + 12 + 7, 12:-12]
    ends = picture.palette(np.array([-1.0 if is_signed else 0.0, 1.0]), is_signed=is_signed)
    assert np.abs(bar[-1].astype(int) - ends[1]).max() <= 1
    if is_signed:
        assert np.abs(bar[0].astype(int) - ends[0]).max() <= 1
        assert bar[len(bar) // 2].max() < 10  # nothing in the middle
    legend = drawn[512 + 12 + 14 :]
    assert (legend < 128).any()
    longer = evidence.plate(over, scale=1.0, unit="logit", is_signed=is_signed, lines=["a"] * 3)
    assert longer.shape[0] == drawn.shape[0] + 20


def _cascade(last: float, collapses: bool) -> dict:
    return {
        "layers": ["logits", "dense", "conv_1"],
        "rank_correlation": [0.9, 0.5, last],
        "interval": [[0, 1]] * 3,
        "images": 5,
        "collapses": collapses,
    }


def test_the_randomisation_figure_has_a_line_a_method_that_differs_in_more_than_colour() -> None:
    check = {"integrated": _cascade(0.02, True), "grad_cam": _cascade(0.7, False)}
    drawn = evidence.randomisation(check)
    assert [line.name for line in drawn.data] == ["Integrated evidence", "Grad-CAM"]
    assert drawn.data[0].line.dash != drawn.data[1].line.dash
    assert list(drawn.data[1].y) == [0.9, 0.5, 0.7]
    text = evidence.randomisation_alt_text(check)
    assert "Integrated evidence 0.02 (collapses)" in text
    assert "Grad-CAM 0.70 (does not collapse)" in text


def test_a_model_without_the_check_gets_a_figure_that_says_so() -> None:
    drawn = evidence.randomisation({})
    assert "has not been run" in drawn.layout.annotations[0].text


def test_gains_are_drawn_with_their_intervals() -> None:
    scores = {
        "deletion_gain": {"mean": 0.1, "interval": [0.05, 0.2]},
        "insertion_gain": {"mean": -0.1, "interval": [-0.3, 0.0]},
    }
    drawn = evidence.gains({"integrated": scores})
    deletion, insertion = drawn.data
    assert list(deletion.x) == [0.1]
    assert list(deletion.error_x.array) == pytest.approx([0.1])
    assert list(insertion.error_x.arrayminus) == pytest.approx([0.2])
    assert deletion.marker.symbol != insertion.marker.symbol
