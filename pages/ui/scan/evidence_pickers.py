"""What to lay over the scan: which layer, which class, by which method, how strongly."""

from dataclasses import dataclass

import streamlit as st

from arncnn import explain
from arncnn.cases.open_case import OpenCase
from arncnn.explain.attention import AttentionMap, attention_maps
from arncnn.labels import title
from pages.ui.scan.map_layer import OPACITIES, OPACITY_FORMAT

LAST = "last_convolution"
_LAST_TITLE = "Last convolution"
_NOTHING = "nothing"
_GRIDS = {"Smooth": True, "Network's grid": False}


@dataclass(frozen=True)
class Choice:
    """What was picked.

    Attributes:
        layer: ``LAST``, or the name of an attention module.
        label: the class whose evidence is asked for.
        against: the class it is held against, or None.
        method: its key in ``METHODS``.
        opacity: 0 to 1.
        smooth: False shows the map's own grid.
        is_stretched: whether this map's strongest cell gets the full colour.
    """

    layer: str
    label: str
    against: str | None
    method: str
    opacity: float
    smooth: bool
    is_stretched: bool

    @property
    def is_evidence(self) -> bool:
        """Whether it is a map of a class; an attention module has one map for all of them."""
        return self.layer == LAST


def show(opened: OpenCase, *, key: str) -> Choice:
    """Draws the pickers; those that an attention map has no use for are greyed out."""
    labels = opened.reading.labels
    modules = {found.name: found for found in attention_maps(opened.reading.features.attention)}
    classes = st.container()
    with st.container(gap="small"):
        layer = st.selectbox(
            "Layer",
            [LAST, *modules],
            format_func=lambda name: modules[name].title if name in modules else _LAST_TITLE,
            help="The last convolution holds the evidence for each class. The attention modules "
            "come before it and treat all classes alike.",
            key=f"{key}_layer",
        )
        is_module = layer != LAST
        label = _label(classes, opened, key=key, disabled=is_module)
        method = st.selectbox(
            "Method",
            list(explain.METHODS),
            format_func=lambda name: explain.METHODS[name].title,
            help="Integrated evidence adds up to the answer; Grad-CAM is the paper's.",
            disabled=is_module,
            key=f"{key}_method",
        )
        against = st.selectbox(
            "Compared with",
            [_NOTHING, *(other for other in labels if other != label)],
            format_func=lambda other: title(other) if other != _NOTHING else "No other class",
            disabled=is_module,
            key=f"{key}_against",
        )
        opacity = st.slider(
            "Opacity",
            OPACITIES.start,
            OPACITIES[-1],
            70,
            OPACITIES.step,
            format=OPACITY_FORMAT,
            key=opacity_key(key),
        )
        grid = st.segmented_control(
            "Drawing", list(_GRIDS), default="Smooth", required=True, key=f"{key}_grid"
        )
        stretched = st.toggle(
            "Stretch the colours to this map",
            help="Shows where a weak map is strongest. When off, one scale applies to all "
            "classes and scans, so a weak map looks weak and maps can be compared.",
            disabled=is_module,
            key=f"{key}_stretch_{opened.case.id}",  # every case begins with it off
        )
    other = None if against == _NOTHING else against
    return Choice(
        layer, label, other, method, opacity / 100, _GRIDS[grid], stretched and not is_module
    )


def opacity_key(key: str) -> str:
    """The key of the opacity slider that the pickers of this key draw."""
    return f"{key}_opacity"


def chosen_module(opened: OpenCase, choice: Choice) -> AttentionMap | None:
    """The attention module that was picked, if one was."""
    maps = attention_maps(opened.reading.features.attention)
    return next((found for found in maps if found.name == choice.layer), None)


def _label(
    place: st.delta_generator.DeltaGenerator, opened: OpenCase, *, key: str, disabled: bool
) -> str:
    return place.segmented_control(
        "Evidence for",
        opened.reading.labels,
        format_func=title,
        default=opened.reading.pixel_label,
        required=True,
        disabled=disabled,
        key=f"{key}_label_{opened.case.id}",
    )
