"""The paper's formulas against hand arithmetic."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arncnn.uncertainty import paper


def test_maximum_and_normalized_probability_differ_only_when_rows_do_not_sum_to_one() -> None:
    rows = np.array([[0.7, 0.2, 0.1], [2.0, 1.0, 1.0]])
    assert paper.maximum_probability(rows).tolist() == [0.7, 2.0]
    assert paper.normalized_probability(rows) == pytest.approx([0.7, 0.5])


@given(st.lists(st.floats(0.001, 1.0), min_size=2, max_size=8))
def test_entropy_is_minus_sum_p_log_p(weights: list[float]) -> None:
    total = math.fsum(weights)
    expected = -math.fsum(w / total * math.log(w / total) for w in weights)
    assert float(paper.entropy(np.array(weights) / total)) == pytest.approx(expected, abs=1e-12)


def test_a_certain_prediction_has_no_entropy() -> None:
    assert paper.entropy(np.array([[1.0, 0.0, 0.0]])).tolist() == [0.0]


def test_standard_deviation_and_entropy_are_taken_by_predicted_class() -> None:
    rows = np.array([[0.9, 0.1], [0.7, 0.3], [0.5, 0.5], [0.2, 0.8]])
    first, second = paper.by_predicted_class(rows, ("A", "B"))
    assert (first.label, first.n, second.n) == ("A", 3, 1)
    spread = math.sqrt((0.2**2 + 0 + 0.2**2) / 3)  # around their mean of 0.7
    assert first.standard_deviation == pytest.approx(spread)
    assert first.entropy_level == "moderate"
    assert second.standard_deviation == 0.0
    assert second.standard_deviation_level == "low"


def test_a_class_that_is_never_predicted_has_no_uncertainty() -> None:
    only_first = paper.by_predicted_class(np.array([[0.9, 0.1]]), ("A", "B"))
    assert only_first[1] == paper.ClassUncertainty("B", 0, None, None, None, None)


def test_level_words_follow_the_papers_tables() -> None:
    printed = {0.00: "low", 0.01: "low", 0.02: "low", 0.03: "moderate", 0.04: "moderate"}
    assert {value: paper.level(value) for value in printed} == printed
