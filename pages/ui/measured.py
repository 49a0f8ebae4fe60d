"""Measured: what a case is only asked when somebody wants to know, kept as long as it lies open."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from arncnn.explain.attention import attention_maps
from pages.ui import resources
from pages.ui.opened import Opened

if TYPE_CHECKING:
    from arncnn.explain import Maps
    from arncnn.explain.attention import AttentionSteps
    from arncnn.explain.map_trust import MapTrust

Progress = Callable[[str, int, int | None], None]


def image(opened: Opened) -> np.ndarray:
    """The view that the answer came from: float32, (64, 64, 1), 0 to 1."""
    reading = opened.reading
    return reading.model_input.images[reading.view]


def known_check(opened: Opened, name: str) -> "Maps | None":
    """An input-level check that was run before."""
    return opened.measured.get(("check", name))


def check(opened: Opened, name: str, progress: Progress) -> "Maps":
    """Runs an input-level check; seconds, because it asks the network hundreds of times.

    Args:
        name: in ``INPUT_CHECKS``.
        progress: told how far it is.
    """
    from arncnn.explain.input_checks import INPUT_CHECKS

    found = INPUT_CHECKS[name].compute(resources.probe(), image(opened), progress)
    return opened.measured.setdefault(("check", name), found)


def known_trust(opened: Opened, method: str, label: str, against: str | None) -> "MapTrust | None":
    """The test of one map that was run before."""
    return opened.measured.get(("trust", method, label, against))


def trust(opened: Opened, method: str, label: str, against: str | None) -> "MapTrust":
    """Tests one map on its own scan; about a second.

    Args:
        method: in ``METHODS``.
        label: the class whose map it is.
        against: the class it is held against, or None.
    """
    from arncnn.explain import METHODS
    from arncnn.explain.map_trust import map_trust

    labels = opened.reading.labels
    found = map_trust(
        resources.probe(),
        resources.reader().head,
        image(opened),
        METHODS[method],
        labels.index(label),
        None if against is None else labels.index(against),
    )
    return opened.measured.setdefault(("trust", method, label, against), found)


def steps(opened: Opened, module: str) -> "AttentionSteps":
    """One attention module on this scan, step by step: the paper's Figure 3.

    Args:
        module: "attention_1" to "attention_8".
    """
    from arncnn.explain.attention import attention_steps

    known = opened.measured.get(("steps", module))
    if known is not None:
        return known
    found = attention_steps(resources.network(), image(opened), module)
    return opened.measured.setdefault(("steps", module), found)


def attention_layers(opened: Opened, *, smooth: bool) -> tuple[str, ...]:
    """Every attention map to be laid over the scan, as data URI, in the network's order.

    Args:
        smooth: False shows the maps' own grids.
    """
    known = opened.measured.get(("gallery", smooth))
    if known is not None:
        return known
    drawn = tuple(
        opened.layer(found.map, scale=1.0, is_signed=False, smooth=smooth)
        for found in attention_maps(opened.reading.features.attention)
    )
    return opened.measured.setdefault(("gallery", smooth), drawn)
