"""Small matrix products on one thread.

OpenBLAS wakes all its threads for products that take 0.05 ms on one. Where another process
holds a core, each such product then waits for the scheduler: 8 ms, measured.

The number of threads is the whole process's. So blocks of several threads are counted: the first
one entered sets it, and the last one left gives it back.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import LibController, ThreadpoolController  # type: ignore[import-untyped]

_turn = threading.Lock()
_blocks = 0  # entered and not left
_usual: list[int] = []  # threads of each library outside of all blocks


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS to one thread inside the block; entering and leaving takes 0.01 ms.

    Blocks may lie in each other, and those of several threads may overlap.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _blocks, _usual
    with _turn:
        if not _blocks:
            _usual = [library.get_num_threads() for library in _libraries()]
            _set([1] * len(_usual))
        _blocks += 1


def _leave() -> None:
    global _blocks
    with _turn:
        _blocks -= 1
        if not _blocks:
            _set(_usual)


def _set(numbers: list[int]) -> None:
    for library, number in zip(_libraries(), numbers, strict=True):
        if hasattr(library, "clear_controlling_thread"):  # else only the first thread is heard
            library.clear_controlling_thread(force=True)
        library.set_num_threads(number)


@lru_cache(maxsize=1)
def _libraries() -> tuple[LibController, ...]:
    """The loaded BLAS libraries: to look for them once is enough."""
    return tuple(ThreadpoolController().select(user_api="blas").lib_controllers)
