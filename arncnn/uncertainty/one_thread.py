"""Small matrix products on one thread.

OpenBLAS wakes all its threads for products that take 0.05 ms on one. Where another process
holds a core, each such product then waits for the scheduler: 8 ms, measured.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS to one thread inside the block; entering and leaving takes 0.01 ms."""
    with _controller().limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through the loaded libraries: once is enough
