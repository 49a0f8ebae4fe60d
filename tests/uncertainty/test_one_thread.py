"""BLAS is kept to one thread inside the block, and given back after it."""

from threadpoolctl import threadpool_info

from arncnn.uncertainty.one_thread import one_thread


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
