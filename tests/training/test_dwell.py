"""The dwell control against made-up histories."""

from dataclasses import asdict

import pytest

from arncnn.training.dwell import Decision, DwellState, decide


def play(history: list[tuple[float, float]], rate: float = 1e-3) -> list[Decision]:
    state, decisions = DwellState(rate), []
    for epoch, (accuracy, v_loss) in enumerate(history, 1):
        decisions.append(decide(state, epoch, accuracy, v_loss))
        state = decisions[-1].state
        if decisions[-1].stop:
            break
    return decisions


def test_accuracy_is_watched_until_it_reaches_ninety_percent() -> None:
    found = play([(0.5, 1.0), (0.8, 2.0), (0.9, 0.5), (0.95, 0.4)])
    assert [d.monitor for d in found] == ["accuracy", "accuracy", "val_loss", "val_loss"]
    assert all(d.improved for d in found)
    assert found[-1].state.learning_rate == 1e-3


def test_the_papers_own_table_never_reduces_the_rate() -> None:
    table = [(0.99129, 0.12981), (0.99945, 0.08788), (0.99972, 0.0645), (0.99987, 0.05427),
             (0.99932, 0.04867)]  # fmt: skip
    found = play(table)
    assert [d.state.learning_rate for d in found] == [1e-3] * 5
    improvements = [round(d.improvement_percent, 2) for d in found]
    assert improvements == pytest.approx([0.00, 32.30, 26.61, 15.86, 10.32], abs=0.011)


def test_no_improvement_halves_the_rate_and_sends_the_weights_back() -> None:
    found = play([(0.95, 0.5), (0.96, 0.6)])
    assert (found[1].restore, found[1].improved, found[1].stop) == (True, False, False)
    assert found[1].state.learning_rate == pytest.approx(5e-4)
    assert found[1].state.best_epoch == 1


def test_three_reductions_in_a_row_end_the_training() -> None:
    found = play([(0.95, 0.5), (0.96, 0.6), (0.96, 0.7), (0.96, 0.51), (0.96, 0.1)])
    assert [d.stop for d in found] == [False, False, False, True]
    assert found[-1].state.learning_rate == pytest.approx(1.25e-4)


def test_an_improvement_between_reductions_starts_the_count_anew() -> None:
    found = play([(0.95, 0.5), (0.96, 0.6), (0.96, 0.4), (0.96, 0.6), (0.96, 0.6), (0.96, 0.3)])
    assert not any(d.stop for d in found)
    assert found[-1].state.reductions == 0


def test_nothing_is_restored_before_there_is_a_best() -> None:
    found = play([(0.0, float("nan"))])
    assert not found[0].restore


def test_a_validation_loss_that_is_no_number_is_no_improvement() -> None:
    found = play([(0.95, float("nan"))])
    assert not found[0].improved


def test_the_state_survives_a_checkpoint() -> None:
    state = play([(0.95, 0.5), (0.96, 0.6)])[-1].state
    assert DwellState(**asdict(state)) == state
