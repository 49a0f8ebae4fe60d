"""A progress bar on standard error, drawn only when a person watches."""

import sys
import time
from typing import Self

_WIDTH = 30  # characters
_PAUSE_S = 0.1
_PACE_S = 5.0  # of a stage, until its pace says how long it takes
_MEGABYTE = 2**20


class ProgressBar:
    """Shows the stage and how far it is; call it as a progress callback, in a ``with`` block.

    Without a terminal it writes one line when a stage begins.
    """

    def __init__(self) -> None:
        self._stage = ""
        self._drawn_s = 0.0
        self._began = (0, 0.0)
        self._is_watched = sys.stderr.isatty()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note that ``done`` of ``total`` (when known) is done."""
        if stage != self._stage:
            self.close()
            self._stage = stage
            self._began = (done, time.monotonic())
            if not self._is_watched:
                sys.stderr.write(stage + "\n")
        now = time.monotonic()
        if self._is_watched and (now - self._drawn_s >= _PAUSE_S or done == total):
            self._drawn_s = now
            left = _left_s(done, total, self._began[0], now - self._began[1])
            sys.stderr.write(f"\r{line(stage, done, total, left)}\x1b[K")
            sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the line of the bar."""
        if self._stage and self._is_watched:
            sys.stderr.write("\n")
        self._stage = ""


def line(stage: str, done: int, total: int | None, left_s: float | None = None) -> str:
    """The bar as text, with an estimate of the time left where there is one.

    >>> line("packing", 500, 1000)
    'packing ━━━━━━━━━━━━━━━               50% of 1,000'
    >>> line("packing", 500, None)
    'packing 500'
    >>> line("reading", 500, 1000, 200.0)
    'reading ━━━━━━━━━━━━━━━               50% of 1,000, about 4 min left'
    """
    in_bytes = stage == "downloading"
    amount = f"{done / _MEGABYTE:,.1f} MB" if in_bytes else f"{done:,}"
    if not total:
        return f"{stage} {amount}" if done else stage
    whole = f"{total / _MEGABYTE:,.1f} MB" if in_bytes else f"{total:,}"
    full = int(_WIDTH * done / total)
    bar = f"{stage} {'━' * full}{' ' * (_WIDTH - full)}{100 * done // total:3}% of {whole}"
    return bar if left_s is None else f"{bar}, about {_duration(left_s)} left"


def _left_s(done: int, total: int | None, at_first: int, took_s: float) -> float | None:
    """Seconds left at the pace of this run; None before it can be told, or when it is little."""
    if not total or done <= at_first or took_s < _PACE_S:
        return None
    left = took_s * (total - done) / (done - at_first)
    return left if left >= _PACE_S else None


def _duration(seconds: float) -> str:
    minutes = -(-seconds // 60)
    return f"{minutes:.0f} min" if minutes < 120 else f"{seconds / 3600:.0f} h"
