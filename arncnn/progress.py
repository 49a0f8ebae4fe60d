"""Progress: how work that takes long tells how far it is."""

from collections.abc import Callable
from typing import Any

Progress = Callable[[str, int, int | None], object]
"""Called with what is being done, how much of it is done, and how much there is (None: unknown)."""

Event = dict[str, Any]
"""What a training tells of itself, one JSON object a line; its kind is under "event"."""
