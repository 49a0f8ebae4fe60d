"""Several windows of one CT, one answer."""

import numpy as np
import pytest

from arncnn.inference import view_fusion


def test_a_view_unlike_anything_known_has_little_to_say() -> None:
    logits = np.array([[5.0, 0.0], [0.0, 9.0]], np.float32)
    weight = view_fusion.weights(np.array([0.5, 0.005]), 2)
    assert weight.sum() == pytest.approx(1)
    assert view_fusion.combine(logits, weight).argmax() == 0


def test_without_a_novelty_score_all_views_count_the_same() -> None:
    np.testing.assert_allclose(view_fusion.weights(None, 4), [0.25] * 4)


def test_one_view_is_its_own_answer() -> None:
    logits = np.array([[1.0, 2.0]], np.float32)
    np.testing.assert_array_equal(
        view_fusion.combine(logits, view_fusion.weights(None, 1)), logits[0]
    )


def test_views_vote_with_log_probabilities_not_with_raw_logits() -> None:
    shifted = np.array([[101.0, 100.0], [0.0, 3.0]], np.float32)
    plain = np.array([[1.0, 0.0], [0.0, 3.0]], np.float32)
    weight = np.array([0.5, 0.5])
    one, other = (view_fusion.combine(logits, weight) for logits in (shifted, plain))
    assert one[0] - one[1] == pytest.approx(other[0] - other[1])
