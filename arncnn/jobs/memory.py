"""The memory that a training may take: one that asks for more fails, and the machine goes on.

The limit is on a process's own data (RLIMIT_DATA), which is what grows; its address space is no
measure, since TensorFlow and CUDA reserve far more of it than they ever use. What is asked for
beyond the limit is refused, which TensorFlow and NumPy tell as they tell of a full memory. Where
the system has no such limit, or does not heed it (macOS), there is none.
"""

import contextlib
import os
from pathlib import Path

import psutil

from arncnn.errors import UsageError

_SETTING = "ARNCNN_TRAINING_GB"
_GIGABYTE = 10**9
_SHARE = 0.75  # of the machine's memory; the rest is for readings and the system
_LEAST_GB = 1.5  # TensorFlow and the smallest training take 1.2
_OF_CONTAINER = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def most_bytes() -> int | None:
    """What a training may take here, in bytes; None for no limit.

    Raises:
        UsageError: the setting is no such number.
    """
    words = os.environ.get(_SETTING)
    if not words:
        return max(int(_SHARE * _machine_bytes()), int(_LEAST_GB * _GIGABYTE))
    try:
        asked = float(words)
    except ValueError:
        asked = -1
    if asked != 0 and not _LEAST_GB <= asked < 10**6:
        raise UsageError(
            f"{_SETTING} is the memory for a training in gigabytes, {_LEAST_GB} or more, or "
            "0 for no limit."
        )
    return int(asked * _GIGABYTE) or None


def limit() -> None:
    """Limit this process, and each that it starts.

    Raises:
        UsageError: the setting is no such number.
    """
    most = most_bytes()
    if most is None:
        return
    with contextlib.suppress(ImportError, ValueError, OSError):  # no such limit, or a lower one
        import resource

        _, highest = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (most, highest))


def _machine_bytes() -> int:
    """The machine's memory, or what its container may have of it."""
    found = [int(psutil.virtual_memory().total)]
    for file in _OF_CONTAINER:
        with contextlib.suppress(OSError, ValueError):  # none there, or "max"
            found.append(int(file.read_text(encoding="ascii")))
    return min(found)
