"""Agreement is Spearman's correlation over the coarser map's places, and says what it means."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from arncnn.errors import UsageError
from arncnn.explain.agreement import Agreement, agreement, pool


def _maps() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    coarse = generator.normal(size=(8, 8)).astype(np.float32)
    fine = np.repeat(np.repeat(coarse, 8, 0), 8, 1) + generator.normal(size=(64, 64)).astype("f4")
    return coarse, fine


def test_pooling_keeps_the_sum_and_every_cell_is_the_sum_of_its_pixels() -> None:
    _, fine = _maps()
    pooled = pool(fine, (8, 8))
    assert pooled.sum() == pytest.approx(fine.sum(dtype=np.float64), rel=1e-5)
    assert pooled[7, 2] == pytest.approx(fine[56:, 16:24].sum(dtype=np.float64), rel=1e-5)


def test_the_agreement_is_spearmans_over_the_coarser_grid_whichever_comes_first() -> None:
    coarse, fine = _maps()
    cells = fine.reshape(8, 8, 8, 8).sum(axis=(1, 3))
    expected = spearmanr(coarse.ravel(), cells.ravel())[0]
    assert agreement(coarse, fine).rank_correlation == pytest.approx(expected)
    assert agreement(fine, coarse).rank_correlation == pytest.approx(expected)
    assert agreement(coarse, fine).cells == 64


def test_a_flat_map_agrees_with_nothing_and_says_so() -> None:
    coarse, _ = _maps()
    found = agreement(coarse, np.ones((8, 8), np.float32))
    assert found.rank_correlation is None
    assert "is flat" in found.sentence("the map above")


@pytest.mark.parametrize(
    ("correlation", "words"),
    [(0.9, "much like"), (0.5, "in part"), (0.0, "hardly agrees"), (-0.6, "contradicts")],
)
def test_the_words_follow_the_number_and_name_it(correlation: float, words: str) -> None:
    sentence = Agreement(correlation, 64).sentence("the map above")
    assert words in sentence
    assert f"{correlation:+.2f} over 64 cells".replace("-", "−") in sentence


def test_a_map_and_itself_turned_around_contradict() -> None:
    coarse, _ = _maps()
    assert agreement(coarse, coarse).rank_correlation == pytest.approx(1)
    assert "contradicts" in agreement(coarse, -coarse).sentence("it")


def test_grids_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="does not divide"):
        pool(np.zeros((64, 64), np.float32), (7, 7))
