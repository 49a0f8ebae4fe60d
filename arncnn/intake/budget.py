"""The processor time a child may still spend on the file before it."""

import signal

from arncnn.intake import limits


def start(seconds: float) -> None:
    """Ends this process by SIGPROF once it has worked so long."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def allow(pixels: int) -> None:
    """Adds the time that decoding so many pixels may take, once their number is checked."""
    left = signal.getitimer(signal.ITIMER_PROF)[0]
    if left:
        start(left + pixels / limits.CPU_PIXELS_PER_SECOND)


def stop() -> None:
    """The file is done."""
    start(0)
