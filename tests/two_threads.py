"""Two threads in blocks that overlap: the first to come in is the first to go out."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

_WAITED_S = 5.0


def overlap(
    block: Callable[[], AbstractContextManager[object]],
    *,
    before_first_leaves: Callable[[], object] = lambda: None,
    after_first_left: Callable[[], object] = lambda: None,
    waited_s: float = _WAITED_S,
) -> None:
    """Have two threads overlap in a block.

    Args:
        block: makes it.
        before_first_leaves: is called by the first while both are in.
        after_first_left: is called by the second, alone in its own.
        waited_s: the first waits so long for the second, which a lock may keep out.
    """
    first_is_in, second_is_in = threading.Event(), threading.Event()

    def first() -> None:
        with block():
            first_is_in.set()
            second_is_in.wait(waited_s)
            before_first_leaves()

    other = threading.Thread(target=first)
    other.start()
    first_is_in.wait()
    with block():
        second_is_in.set()
        other.join()
        after_first_left()
