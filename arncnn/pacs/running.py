"""One process an installation: whoever holds the lock is at work."""

from contextlib import AbstractContextManager

from arncnn import config
from arncnn.files import lock


def at_work(wait_s: float = 0.0) -> AbstractContextManager[int | None]:
    """Holds the lock of the one such process for a block; None when another holds it."""
    return lock(config.folder_at_home("pacs") / "work.lock", wait_s)


def is_at_work() -> bool:
    """Whether such a process is at work on this machine."""
    with at_work() as held:
        return held is None
