"""The training curve draws the history it is given."""

import math
from itertools import pairwise

import pytest

from arncnn.evaluation.paper_values import TABLE_1
from arncnn.figures import training_curve
from arncnn.models.training_history import EpochRecord


def _epoch(epoch: int, v_loss: float, event: str = "", lr: float = 1e-3) -> EpochRecord:
    return EpochRecord(
        epoch, 1 / epoch, 98 + epoch / 10, v_loss, 99.0, lr, lr, "val_loss", 0.0, 1.0, event
    )


HISTORY = (
    _epoch(1, 0.5, "best"),
    _epoch(2, 0.3, "best"),
    _epoch(3, 0.4, "dwell"),
    _epoch(4, 0.2, "best", lr=5e-4),
    _epoch(5, 0.25, "reduced", lr=5e-4),
)


def _traces(drawn) -> dict[tuple[str, str], tuple]:
    return {(trace.name, trace.yaxis): trace for trace in drawn.data}


def test_lines_hold_the_historys_columns() -> None:
    drawn = _traces(training_curve.figure({"run": HISTORY}))
    assert list(drawn["training", "y"].y) == [row.loss for row in HISTORY]
    assert list(drawn["validation", "y"].y) == [row.v_loss for row in HISTORY]
    assert list(drawn["training", "y2"].y) == [row.accuracy for row in HISTORY]
    assert list(drawn["validation", "y2"].y) == [99.0] * 5
    assert list(drawn["learning rate", "y3"].y) == [row.lr for row in HISTORY]


def test_dwells_reductions_and_the_best_epoch_are_marked() -> None:
    drawn = _traces(training_curve.figure({"run": HISTORY}))
    assert list(drawn["rate halved, weights restored", "y3"].x) == [3]
    assert list(drawn["rate halved", "y3"].x) == [5]
    best = drawn["best epoch", "y"]
    assert (list(best.x), list(best.y)) == ([4], [0.2])


def test_best_epoch_falls_back_to_the_least_validation_loss() -> None:
    unmarked = [_epoch(1, math.nan), _epoch(2, 0.2), _epoch(3, 0.4)]
    assert training_curve.best_epoch(unmarked) == 2
    assert training_curve.best_epoch([]) is None


def test_the_papers_rows_lie_over_the_run() -> None:
    drawn = _traces(training_curve.figure({"run": HISTORY}, paper=TABLE_1))
    assert list(drawn["paper, training", "y"].y) == [row.loss for row in TABLE_1]
    assert list(drawn["paper, validation", "y2"].y) == [row.v_acc for row in TABLE_1]


def test_several_runs_differ_in_colour_and_training_from_validation_in_dash() -> None:
    drawn = _traces(training_curve.figure({"one": HISTORY, "two": HISTORY[:2]}))
    one, two = drawn["one, training", "y"], drawn["two, training", "y"]
    assert one.line.color != two.line.color
    assert ("one, best epoch", "y") in drawn
    assert drawn["one, validation", "y"].line.dash != one.line.dash


def test_zoom_is_kept_while_epochs_arrive() -> None:
    before = training_curve.figure({"run": HISTORY[:2]})
    after = training_curve.figure({"run": HISTORY})
    assert before.layout.uirevision == after.layout.uirevision is not None


def test_learning_rate_has_its_own_logarithmic_axis_with_its_rates_as_ticks() -> None:
    axis = training_curve.figure({"run": HISTORY}).layout.yaxis3
    assert axis.type == "log"
    assert list(axis.ticktext) == ["0.0005", "0.001"]


def test_before_the_first_epoch_the_figure_says_so() -> None:
    for runs in ({}, {"run": ()}):
        assert "No epoch" in training_curve.figure(runs).layout.annotations[0].text
        assert "no epoch has finished" in training_curve.alt_text(runs).lower()


def test_alt_text_names_the_best_epoch_and_counts_dwells() -> None:
    words = training_curve.alt_text({"run": HISTORY})
    assert "best epoch 4 with validation loss 0.2" in words
    assert "1 dwells" in words


@pytest.mark.parametrize("log_loss_axis", [False, True])
def test_the_loss_axis_is_linear_unless_asked(log_loss_axis: bool) -> None:
    drawn = training_curve.figure({"run": HISTORY}, log_loss_axis=log_loss_axis)
    assert (drawn.layout.yaxis.type == "log") is log_loss_axis


def test_rates_of_a_cosine_are_ticked_where_they_can_be_read() -> None:
    rates = [1e-3 * (1 + math.cos(math.pi * epoch / 15)) for epoch in range(15)]
    history = [_epoch(number, 0.2, lr=rate) for number, rate in enumerate(rates, 1)]
    ticks = list(training_curve.figure({"run": history}).layout.yaxis3.tickvals)
    assert 2 <= len(ticks) <= 5 and ticks[-1] == rates[0]
    apart = (max(rates) / min(rates)) ** 0.25
    assert all(high / low >= 0.999 * apart for low, high in pairwise(ticks))


def test_a_rate_of_zero_is_left_out_of_the_logarithmic_axis() -> None:
    history = [_epoch(1, 0.3), _epoch(2, 0.2, "reduced", lr=0.0)]
    drawn = _traces(training_curve.figure({"run": history}))
    assert list(drawn["learning rate", "y3"].y) == [1e-3, None]
    assert list(drawn["rate halved", "y3"].y) == [None]


def test_a_logarithmic_loss_has_few_ticks_with_their_whole_number() -> None:
    history = [_epoch(1, 0.4), _epoch(2, math.nan), _epoch(3, 0.04)]
    axis = training_curve.figure({"run": history}, log_loss_axis=True).layout.yaxis
    assert list(axis.ticktext) == ["0.02", "0.05", "0.1", "0.2", "0.5", "1"]
