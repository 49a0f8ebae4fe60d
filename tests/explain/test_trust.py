"""Deletion, insertion and repeatability tell a right map from a wrong one."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from arncnn.explain.trust import (
    Curves,
    Faithfulness,
    Repeatability,
    areas,
    correlation,
    faithfulness,
    order_of,
    repeatability,
    shifted,
)

CELL = 50  # row 6, column 2 of an 8 x 8 grid


def _bright_cell() -> np.ndarray:
    image = np.zeros((64, 64, 1), np.float32)
    image[48:56, 16:24] = 1.0
    return image


def _looks_at_the_cell(images: np.ndarray) -> np.ndarray:
    mean = images[:, 48:56, 16:24, 0].mean(axis=(1, 2))
    return np.stack([20 * mean - 10, np.zeros_like(mean)], axis=1)


def _map_of(cell: int) -> np.ndarray:
    values = np.zeros(64, np.float32)
    values[cell] = 1.0
    return values.reshape(8, 8)


def test_a_map_of_the_right_place_beats_random_orders() -> None:
    found = faithfulness(_looks_at_the_cell, _bright_cell(), _map_of(CELL), 0)
    assert found.deletion_gain > 0.2
    assert found.insertion_gain > 0.2
    assert found.map.insertion > 0.9
    assert found.beaten == 2
    assert found.finding == "finds the places that matter better than chance"
    assert "sooner than each of 5 random orders: area" in found.sentence()


def test_a_map_that_ranks_the_right_place_last_loses_to_random_orders() -> None:
    found = faithfulness(_looks_at_the_cell, _bright_cell(), -_map_of(CELL), 0)
    assert found.deletion_gain < 0
    assert found.insertion_gain < 0
    assert found.finding == "finds the places that matter no better than chance might"
    assert found.sentence().startswith("Neither covering nor showing the marked places")


def test_an_answer_that_nothing_changes_is_no_praise_for_the_map() -> None:
    found = faithfulness(lambda images: np.tile([9.0, 0.0], (len(images), 1)), _bright_cell(),
                         _map_of(CELL), 0)  # fmt: skip
    assert found.deletion_gain == pytest.approx(0, abs=1e-9)
    assert found.finding == "cannot be told from places taken at random"


def test_a_map_that_beats_only_the_mean_of_random_orders_is_not_called_better_than_chance() -> None:
    mean, best = Curves(0.45, 0.57), Curves(0.40, 0.60)
    found = Faithfulness(Curves(0.44, 0.58), mean, best, 5)
    assert found.deletion_gain > 0.005
    assert found.beaten == 0
    assert "no better than chance might" in found.finding
    one_of_two = Faithfulness(Curves(0.44, 0.81), mean, best, 5)
    assert one_of_two.finding.endswith("better than chance in only one of two tests")
    assert one_of_two.sentence().startswith("Only one of")
    assert "0.44 (random 0.45, the best of them 0.40; lower is better)" in one_of_two.sentence()
    assert "0.81 (random 0.57, the best of them 0.60; higher is better)" in one_of_two.sentence()


def test_the_best_random_order_is_the_lowest_deletion_and_the_highest_insertion() -> None:
    generator = np.random.default_rng(0)
    orders = np.stack([generator.permutation(64) for _ in range(3)])
    drawn = areas(_looks_at_the_cell, _bright_cell(), orders, 0)
    found = faithfulness(_looks_at_the_cell, _bright_cell(), _map_of(CELL), 0, random_orders=3)
    assert found.best == Curves(drawn[:, 0].min(), drawn[:, 1].max())
    assert found.random == Curves(*drawn.mean(axis=0))


@pytest.mark.parametrize(
    ("lowest", "does"),
    [(0.88, "hardly changes"), (0.7, "changes somewhat"), (0.1, "changes much")],
)
def test_the_worst_shift_decides_how_steady_a_map_is_called(lowest: float, does: str) -> None:
    found = Repeatability(0.95, lowest, 6)
    assert found.finding == f"{does} when the scan is shifted by a pixel or two"
    assert f"0.95 (lowest {lowest:.2f}, 6 shifts)" in found.sentence()


def test_areas_follow_the_trapezoid_rule_from_the_image_to_the_blurred_image() -> None:
    order = order_of(_map_of(CELL))[None]
    ((deletion, insertion),) = areas(_looks_at_the_cell, _bright_cell(), order, 0, steps=4)
    ends = []

    def keep(images: np.ndarray) -> np.ndarray:
        ends.append(images)
        return _looks_at_the_cell(images)

    areas(keep, _bright_cell(), order, 0, steps=4)
    batch = np.concatenate(ends)
    logits = _looks_at_the_cell(batch)
    probability = np.exp(logits[:, 0]) / np.exp(logits).sum(axis=1)
    assert np.array_equal(batch[0], _bright_cell())
    assert np.array_equal(batch[9], _bright_cell())
    for found, curve in ((deletion, probability[:5]), (insertion, probability[5:])):
        assert found == pytest.approx(((curve[:-1] + curve[1:]) / 2).mean(), abs=1e-6)


def test_the_most_important_cell_comes_first_and_ties_keep_their_order() -> None:
    assert order_of(_map_of(CELL))[:4].tolist() == [CELL, 0, 1, 2]


def test_a_map_that_ignores_the_image_repeats_perfectly() -> None:
    constant = np.random.default_rng(0).random((8, 8))
    found = repeatability(lambda images: np.stack([constant] * len(images)), _bright_cell())
    assert found.mean == pytest.approx(1.0)
    assert found.shifts == 6


def test_a_map_of_noise_does_not_repeat() -> None:
    generator = np.random.default_rng(0)
    found = repeatability(lambda images: generator.random((len(images), 8, 8)), _bright_cell())
    assert abs(found.mean) < 0.3
    assert found.lowest <= found.mean


def test_a_shift_repeats_the_edge_and_moves_the_rest() -> None:
    image = np.arange(16.0).reshape(4, 4, 1)
    down = shifted(image, 1, 0)
    assert np.array_equal(down[1:], image[:-1])
    assert np.array_equal(down[0], image[0])
    assert np.array_equal(shifted(image, 0, -1)[:, :-1], image[:, 1:])


def test_the_correlation_is_pearsons() -> None:
    one, other = np.random.default_rng(0).random((2, 8, 8))
    assert correlation(one, other) == pytest.approx(pearsonr(one.ravel(), other.ravel())[0])
    assert correlation(one, np.zeros((8, 8))) == 0
    assert correlation(np.zeros((8, 8)), np.ones((8, 8))) == 1
