"""Progress: how work that takes long tells how far it is."""

from collections.abc import Callable

Progress = Callable[[str, int, int | None], object]
"""Called with what is being done, how much of it is done, and how much there is (None: unknown)."""
