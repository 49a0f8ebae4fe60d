"""A map in words names the right place, and says when there is no evidence."""

import numpy as np
import pytest

from arncnn.explain.attention import attention_maps
from arncnn.explain.words import (
    describe,
    describe_attention,
    describe_residual,
    describe_scale,
    describe_sum,
    place,
    stretched_scale,
    unit_in_words,
)


def _map(row: int, column: int, value: float = 2.0) -> np.ndarray:
    values = np.zeros((8, 8), np.float32)
    values[row, column] = value
    return values


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (0, 0, "upper left"),
        (1, 7, "upper right"),
        (7, 7, "lower right"),
        (4, 0, "middle left"),
        (3, 3, "centre"),
        (0, 4, "upper centre"),
        (5, 4, "lower centre"),  # its centre lies at 69% of the height
        (2, 2, "upper left"),
    ],
)
def test_places_are_named_as_seen_on_the_screen(row: int, column: int, words: str) -> None:
    assert place(row, column, (8, 8)) == words
    text = describe(_map(row, column), "Chest X-ray", "logit", is_signed=True)
    assert text == (
        f"Strongest evidence for Chest X-ray: {words} of the image (+2.00 logit in one cell)."
    )


def test_every_cell_of_any_grid_has_a_place() -> None:
    for side in (1, 2, 3, 7, 8, 64):
        assert place(0, 0, (side, side))
        assert place(side - 1, side - 1, (side, side))


def test_evidence_against_is_named_for_a_signed_map_only() -> None:
    values = _map(0, 0) + _map(7, 7, -3.0)
    signed = describe(values, "Hand X-ray", "logit", is_signed=True)
    assert signed.endswith("Strongest evidence against it: lower right of the image (−3.00 logit).")
    assert "against" not in describe(np.maximum(values, 0), "Hand X-ray", "logit", is_signed=False)


def test_a_map_without_positive_evidence_says_so() -> None:
    text = describe(_map(2, 2, -1.0), "Head CT", "logit", is_signed=True)
    assert text.startswith("No positive evidence for Head CT anywhere")


def test_an_empty_map_says_so() -> None:
    text = describe(np.zeros((8, 8), np.float32), "Head CT", "logit", is_signed=False)
    assert text == "No evidence for or against Head CT: the map is empty."


def test_a_contrast_names_what_speaks_for_either_class() -> None:
    values = _map(0, 0) + _map(7, 7, -3.0)
    text = describe(values, "Chest CT", "logit", is_signed=True, other="Abdomen CT")
    assert "Strongest evidence for Chest CT rather than Abdomen CT: upper left" in text
    assert "Strongest evidence for Abdomen CT rather than Chest CT: lower right" in text
    nothing = describe(np.zeros((8, 8)), "Chest CT", "logit", is_signed=True, other="Abdomen CT")
    assert "Nothing" in nothing


def test_an_attention_map_names_its_strongest_place_and_its_range() -> None:
    found = attention_maps({"attention_5": _map(0, 0, 0.9)[..., None]})[0]
    assert describe_attention(found) == (
        "Attention module 5 lets most through at the upper left of the image (values 0.00 to 0.90)."
    )


def test_an_attention_map_that_does_not_choose_says_so() -> None:
    found = attention_maps({"attention_8": np.full((8, 8, 1), 0.5, np.float32)})[0]
    assert "treats every place alike" in describe_attention(found)


def test_a_logit_is_explained_in_plain_words() -> None:
    assert "the score of a class before it is turned into a probability" in unit_in_words("logit")
    assert "not one method with another" in unit_in_words("arbitrary units")


def test_the_sum_says_what_the_scan_does_to_the_score_and_leaves_the_residual_to_the_figures() -> (
    None
):
    said = describe_sum(8.79, "Head CT")
    assert said.startswith("All cells together: +8.79. By that much this scan moves the score")
    assert "residual" not in said
    assert "(residual 9e-09)" in describe_residual(8.79, -9e-9)


def test_the_sum_of_a_contrast_puts_the_class_above_that_the_sign_says() -> None:
    assert "the score of Chest CT above that of Hand" in describe_sum(4.9, "Chest CT", "Hand")
    lower = describe_sum(-4.9, "Chest CT", "Hand")
    assert "−4.90" in lower
    assert "the score of Hand above that of Chest CT" in lower


def test_a_map_is_stretched_to_its_strongest_cell_for_or_against() -> None:
    assert stretched_scale(_map(0, 0) + _map(7, 7, -3.0), 2.9) == 3.0
    assert stretched_scale(np.zeros((8, 8)), 2.9) == 2.9  # nothing to stretch


def test_stretched_colours_are_said_to_be_and_not_to_be_compared() -> None:
    usual = describe_scale(2.9, 2.9, "logit")
    assert usual == "One colour scale for all classes: full colour is 2.9 logit or more."
    said = describe_scale(1.13, 2.9, "logit")
    assert "stretched to this map: full colour is its strongest cell, 1.13 logit" in said
    assert "instead of 2.9 logit for all classes. Do not compare" in said
