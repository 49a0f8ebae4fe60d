"""What a child may still spend on the file before it: processor time and memory."""

import ctypes
import os
import resource
import signal

from arncnn.intake import limits

_STATE = "/proc/self/statm"  # Linux; its first figure is the address space in pages
_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's way to give memory back


def start(seconds: float) -> None:
    """Ends this process by SIGPROF once it has worked so long."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def allow(*, pixels: int = 0, inflated: int = 0) -> None:
    """Adds the time that work may take which is known, and checked, to be there.

    Args:
        pixels: to decode.
        inflated: bytes that came out of a compressed stream, within the limit.
    """
    left = signal.getitimer(signal.ITIMER_PROF)[0]
    if left:
        more = pixels / limits.CPU_PIXELS_PER_SECOND + inflated / limits.CPU_INFLATED_PER_SECOND
        start(left + more)


def stop() -> None:
    """The file is done."""
    start(0)


class Memory:
    """This process's address space; every file gets as much, whatever came before it.

    To be made before the walls are shut, and before the first file.
    """

    def __init__(self) -> None:
        try:
            self._state: int | None = os.open(_STATE, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # not Linux
            self._state = None
        self._most = self._held() + limits.CHILD_GROWTH_BYTES
        self.renew()

    def renew(self) -> bool:
        """Sets the limit for the next file.

        Returns:
            Whether earlier files have left so much behind that the process should end after it.
        """
        if self._state is None:
            return False
        held = self._held()
        if held > self._most and _TRIM is not None:
            _TRIM(0)
            held = self._held()
        ceiling = self._most + limits.CHILD_MEMORY_BYTES
        limit = min(held + limits.CHILD_MEMORY_BYTES, ceiling)
        resource.setrlimit(resource.RLIMIT_AS, (limit, ceiling))
        return held > self._most - limits.CHILD_GROWTH_BYTES // 2

    def _held(self) -> int:
        if self._state is None:
            return 0
        return int(os.pread(self._state, 64, 0).split()[0]) * resource.getpagesize()
