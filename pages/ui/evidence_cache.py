"""Measured: what a case is only asked when somebody wants to know, kept as long as it lies open."""

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from arncnn.explain.attention import attention_maps
from arncnn.models.bundle import ModelBundle
from arncnn.progress import Progress
from pages.ui import resources
from pages.ui.open_case import OpenCase

if TYPE_CHECKING:
    from arncnn.explain import Maps
    from arncnn.explain.attention import AttentionSteps
    from arncnn.explain.map_trust import MapTrust
    from arncnn.explain.probe import Probe
    from arncnn.explain.similar import Neighbour

_NEIGHBOURS = 6


def image(opened: OpenCase) -> np.ndarray:
    """The view that the answer came from: float32, (64, 64, 1), 0 to 1."""
    reading = opened.reading
    return reading.model_input.images[reading.view]


def maps(opened: OpenCase) -> "dict[str, Maps]":
    """Every method's maps of all classes."""
    from arncnn.explain import explain_all

    known = opened.measured.get("maps")
    if known is not None:
        return known
    reader = opened.reader
    found = explain_all(reader.head, opened.reading.features.conv_map, reader.scales)
    return opened.measured.setdefault("maps", found)


def similar(opened: OpenCase) -> "tuple[Neighbour, ...]":
    """The training images nearest to a case; empty when its model carries none."""
    bank = resources.bank_of(opened.reader.bundle)
    if bank is None:
        return ()
    from arncnn.explain.similar import nearest

    return nearest(opened.reading.features.vector, bank, _NEIGHBOURS)


def known_check(opened: OpenCase, name: str) -> "Maps | None":
    """An input-level check that was run before."""
    return opened.measured.get(("check", name))


def check(opened: OpenCase, name: str, progress: Progress) -> "Maps":
    """Runs an input-level check; seconds, because it asks the network hundreds of times.

    Args:
        name: in ``INPUT_CHECKS``.
        progress: told how far it is.
    """
    from arncnn.explain.input_checks import INPUT_CHECKS

    found = INPUT_CHECKS[name].compute(
        _probe(opened.reading.model.sha256, opened), image(opened), progress
    )
    return opened.measured.setdefault(("check", name), found)


def known_trust(
    opened: OpenCase, method: str, label: str, against: str | None
) -> "MapTrust | None":
    """The test of one map that was run before."""
    return opened.measured.get(("trust", method, label, against))


def trust(opened: OpenCase, method: str, label: str, against: str | None) -> "MapTrust":
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
        _probe(opened.reading.model.sha256, opened),
        opened.reader.head,
        image(opened),
        METHODS[method],
        labels.index(label),
        None if against is None else labels.index(against),
    )
    return opened.measured.setdefault(("trust", method, label, against), found)


def steps(opened: OpenCase, module: str) -> "AttentionSteps":
    """One attention module on this scan, step by step: the paper's Figure 3.

    Args:
        module: "attention_1" to "attention_8".
    """
    from arncnn.explain.attention import attention_steps

    known = opened.measured.get(("steps", module))
    if known is not None:
        return known
    found = attention_steps(
        _network(opened.reading.model.sha256, opened.reader.bundle), image(opened), module
    )
    return opened.measured.setdefault(("steps", module), found)


def attention_layers(opened: OpenCase, *, smooth: bool) -> tuple[str, ...]:
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


@st.cache_resource(show_spinner=False, max_entries=1)
def _probe(model_sha256: str, _opened: OpenCase) -> "Probe":
    """A case's network, for checks that ask it many times; shares the compiled pass."""
    from arncnn.explain.probe import Probe

    bundle = _opened.reader.bundle
    return Probe.sharing(_opened.reader.forward, lambda: _network(model_sha256, bundle))


@st.cache_resource(show_spinner=False, max_entries=1)
def _network(model_sha256: str, _bundle: ModelBundle) -> Any:
    """A case's Keras network, for what its compiled pass does not give."""
    return _bundle.network()
