"""How sure a reading is, said in one sentence that the figures bear out."""

from dataclasses import replace
from typing import Any

import pytest

from arncnn.inference.how_sure import is_unclear, sentence
from arncnn.inference.reading import Reading
from arncnn.uncertainty.verdict import Thresholds
from tests import a_reading

LIMITS = Thresholds(probability_review=0.9, novelty_review=0.05)


def _reading(probability: float, **changes: Any) -> Reading:
    usual = a_reading.build(**changes)
    return replace(usual, uncertainty=replace(usual.uncertainty, maximum_probability=probability))


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (_reading(0.995), "Very sure, and it looks like scans the model knows"),
        (_reading(0.93), "Fairly sure, and it looks like scans the model knows"),
        (_reading(0.5), "Not sure, although it looks like scans the model knows"),
        (
            _reading(0.995, novelty_p_value=0.03),
            "Very sure, but few scans the model knows look like it",
        ),
        (
            _reading(0.5, novelty_p_value=0.03),
            "Not sure, and few scans the model knows look like it",
        ),
        (
            _reading(0.995, prediction_set=("Hand", "CXR")),
            "Not sure, although it looks like scans the model knows",
        ),
        (_reading(0.995, prediction_set=None, novelty_p_value=None), "Very sure"),
    ],
)
def test_one_sentence_says_how_sure(reading: Reading, said: str) -> None:
    assert sentence(reading, LIMITS) == said
    assert is_unclear(reading, LIMITS) == (said.startswith("Not") or "few scans" in said)


def test_a_refusal_is_neither_sure_nor_unclear() -> None:
    assert sentence(a_reading.refused(), LIMITS).startswith("No class is given")
    assert not is_unclear(a_reading.refused(), LIMITS)
