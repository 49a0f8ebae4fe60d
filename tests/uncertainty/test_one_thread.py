"""BLAS is kept to one thread inside the block, and given back after it."""

import threading

from threadpoolctl import threadpool_info

from arncnn.uncertainty.one_thread import one_thread
from tests.two_threads import overlap


def _threads() -> list[int]:
    return [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]


def test_blas_has_one_thread_inside_and_its_own_number_after() -> None:
    before = _threads()
    with one_thread():
        assert set(_threads()) == {1}
    assert _threads() == before


def test_a_block_in_a_block_leaves_blas_as_the_outer_one_has_it() -> None:
    before = _threads()
    with one_thread():
        with one_thread():
            assert set(_threads()) == {1}
        assert set(_threads()) == {1}
    assert _threads() == before


def test_every_thread_is_heard_and_not_only_the_first_that_asked() -> None:
    before, within = _threads(), list[int]()

    def reads() -> None:
        with one_thread():
            within.extend(_threads())

    with one_thread():
        pass
    reading = threading.Thread(target=reads)
    reading.start()
    reading.join()
    assert set(within) == {1}
    assert _threads() == before


def test_blocks_of_two_threads_that_overlap_hold_until_the_last_is_left() -> None:
    before, within = _threads(), list[int]()

    def look() -> None:
        within.extend(_threads())

    overlap(one_thread, before_first_leaves=look, after_first_left=look)
    assert len(within) == 2 * len(before) and set(within) == {1}
    assert _threads() == before
