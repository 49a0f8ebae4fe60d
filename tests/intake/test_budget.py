"""The time that a file may use follows the work that is known to be there."""

import signal
from collections.abc import Iterator

import pytest

from arncnn.intake import budget, limits


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    yield
    budget.stop()


def _left() -> float:
    return signal.getitimer(signal.ITIMER_PROF)[0]


def test_what_is_inflated_and_what_is_decoded_adds_its_time() -> None:
    budget.start(100.0)
    budget.allow(inflated=3 * limits.CPU_INFLATED_PER_SECOND)
    budget.allow(pixels=2 * limits.CPU_PIXELS_PER_SECOND)
    assert _left() == pytest.approx(105.0, abs=1.0)


def test_nothing_is_added_where_no_file_is_being_read() -> None:
    budget.allow(inflated=limits.MAX_INFLATED_BYTES, pixels=limits.MAX_PIXELS)
    assert _left() == 0


def test_the_most_that_a_small_file_can_gain_by_inflating_is_two_seconds() -> None:
    budget.start(100.0)
    for _ in range(limits.MAX_INFLATED_BYTES // limits.CHUNK):
        budget.allow(inflated=limits.CHUNK)
    assert 101.0 < _left() < 103.5  # the timer counts in ticks of up to 10 ms, upwards
