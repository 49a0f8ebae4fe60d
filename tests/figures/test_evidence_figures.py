"""Evidence figures keep one scale, give the unit, and say in words what they show."""

import numpy as np
import pytest

from arncnn.figures import evidence, picture


@pytest.mark.parametrize("is_signed", [True, False])
def test_a_plate_keeps_the_picture_and_adds_a_colour_bar_below(is_signed: bool) -> None:
    over = picture.overlay(
        np.full((512, 480), 9, np.uint8),
        np.eye(8, dtype=np.float32),
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


def test_the_bar_is_as_strong_as_the_map_is_laid_over() -> None:
    over = np.zeros((64, 480, 3), np.uint8)
    whole, half = (
        evidence.plate(over, scale=1.0, unit="logit", is_signed=True, opacity=opacity)[64 + 12]
        for opacity in (1.0, 0.5)
    )
    np.testing.assert_allclose(half[12:-12], whole[12:-12] / 2.0, atol=1)


def test_a_scale_that_nothing_exceeds_does_not_say_or_more(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(
        evidence, "_write", lambda legend, text, left, baseline: written.append(text)
    )
    over = np.zeros((64, 480, 3), np.uint8)
    for is_open in (True, False):
        evidence.plate(over, scale=1.13, unit="logit", is_signed=True, is_open=is_open)
    assert written == [
        "-1.13 logit or more against",
        "1.13 logit or more for",
        "-1.13 logit against",
        "1.13 logit for",
    ]


def test_a_narrow_scans_words_are_not_cut_off() -> None:
    over = np.full((512, 60, 3), 9, np.uint8)
    said = "For research and demonstration. Not for diagnosis."
    drawn = evidence.plate(over, scale=2.5, unit="logit", is_signed=True, lines=[said])
    wide = evidence.plate(
        np.full((512, 900, 3), 9, np.uint8), scale=2.5, unit="logit", is_signed=True, lines=[said]
    )
    assert np.array_equal(drawn[:512, :60], over)
    assert (drawn[:512, 60:] == 255).all()
    last = slice(-32, None)  # the line is written whole, as on a wide scan
    assert np.array_equal(drawn[last], wide[last, : drawn.shape[1]])
    assert (drawn[last] < 128).sum() == (wide[last] < 128).sum()
