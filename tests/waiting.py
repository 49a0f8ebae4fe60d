"""Waiting for what another thread or process does, however busy the machine is."""

import time
from collections.abc import Callable

PATIENCE_S = 60.0
_EVERY_S = 0.1


def wait_until(reached: Callable[[], object], within_s: float = PATIENCE_S) -> bool:
    """Whether it was reached in time; looks ten times a second."""
    ends_at = time.monotonic() + within_s
    while not reached():
        if time.monotonic() > ends_at:
            return False
        time.sleep(_EVERY_S)
    return True
