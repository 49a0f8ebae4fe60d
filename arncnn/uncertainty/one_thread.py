"""Small matrix products on one thread.

OpenBLAS wakes all its threads for products that take 0.05 ms on one. Where another process
holds a core, each such product then waits for the scheduler: 8 ms, measured.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

_inside = threading.local()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS to one thread inside the block; entering and leaving takes 0.01 ms.

    Blocks may lie in each other; the outermost does it.
    """
    if getattr(_inside, "is_one", False):
        yield
        return
    with _controller().limit(limits=1, user_api="blas"):
        _inside.is_one = True
        try:
            yield
        finally:
            _inside.is_one = False


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through the loaded libraries: once is enough
