"""The evidence on the picture: the map that was picked, laid over the scan."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from arncnn import explain
from arncnn.cases.open_case import OpenCase
from arncnn.explain import words
from arncnn.explain.attention import AttentionMap
from arncnn.explain.class_evidence import class_evidence
from arncnn.figures import picture
from arncnn.labels import title
from pages.ui.scan import map_layer
from pages.ui.scan.evidence_pickers import Choice, chosen_module

FACTOR = "factor"
_SMALL = 140  # px: two of them fit a phone


@dataclass(frozen=True, eq=False)
class Shown:
    """The map that is on the screen.

    Attributes:
        values: float32, (rows, columns).
        scale: the magnitude at the end of the colours.
        usual_scale: the one for all classes; another than ``scale`` when stretched to this map.
        unit: of a cell.
        is_signed: whether cells may speak against the class.
        description: the map in words.
        sum_line: what the cells add up to, or what the map means.
        residual_line: how exactly they add up; empty for a map that need not.
        title: class and method, or the module.
        choice: what was picked.
        is_own: whether the scale is this picture's own, ending at its strongest place.
        is_even: whether it treats every place alike, so that there is nothing to draw.
    """

    values: np.ndarray
    scale: float
    usual_scale: float
    unit: str
    is_signed: bool
    description: str
    sum_line: str
    residual_line: str
    title: str
    choice: Choice
    is_own: bool = False
    is_even: bool = False

    @property
    def drawn(self) -> np.ndarray:
        """What is coloured, float32, (rows, columns): nothing of a map without differences."""
        return np.zeros_like(self.values) if self.is_even else self.values

    @property
    def is_stretched(self) -> bool:
        """Whether the colours are this map's own and not comparable with another's."""
        return self.scale != self.usual_scale

    @property
    def is_open(self) -> bool:
        """Whether a cell may be stronger than the end of the colours."""
        return not (self.is_stretched or self.is_own or self.unit == FACTOR)

    @property
    def is_without_support(self) -> bool:
        """Whether it is a map of a class for which nothing in the picture speaks."""
        return self.choice.is_evidence and not words.has_positive_evidence(self.values)

    def overlay(self, below: np.ndarray) -> np.ndarray:
        """The map over a picture, to be handed on: uint8, (height, width, 3), RGB.

        Args:
            below: uint8, (height, width).
        """
        return picture.overlay(
            below,
            self.drawn,
            scale=self.scale,
            is_signed=self.is_signed,
            opacity=self.choice.opacity,
            smooth=self.choice.smooth,
        )


def of(opened: OpenCase, choice: Choice) -> Shown:
    """Gives the map that was picked: of a class, or of an attention module."""
    found = chosen_module(opened, choice)
    if found is not None:
        return _of_module(found, choice)
    return map_of_class(opened.maps[choice.method], opened.reading.labels, choice)


def show_map(opened: OpenCase, shown: Shown, *, key: str) -> None:
    """Draws a map over the scan with its colour scale; what does not vary has no colours."""
    scale, is_signed = shown.scale, shown.is_signed
    layer = opened.layer(shown.drawn, scale=scale, is_signed=is_signed, smooth=shown.choice.smooth)
    map_layer.show(layer, alt=shown.description, key=key)
    if shown.is_even:
        return
    map_layer.show_scale(scale=scale, unit=shown.unit, is_signed=is_signed, is_open=shown.is_open)


def map_of_class(maps: explain.Maps, labels: tuple[str, ...], choice: Choice) -> Shown:
    """The chosen class's map, or its difference to the other's, with what there is to say of it.

    Args:
        maps: of all classes, by any method or check.
        labels: of the maps.
        choice: names the class, the other one, and the method.
    """
    name, method = title(choice.label), explain.METHODS[choice.method]
    against, other = None, None
    if choice.against is not None:
        against, other = labels.index(choice.against), title(choice.against)
    found = class_evidence(maps, labels.index(choice.label), against)
    sum_line, residual_line = method.meaning, ""
    if found.difference is not None and found.residual is not None:
        sum_line = words.describe_sum(found.difference, name, other)
        residual_line = words.describe_residual(found.difference, found.residual)
    scale = words.stretched_scale(found.map, maps.scale) if choice.is_stretched else maps.scale
    return Shown(
        values=found.map,
        scale=scale,
        usual_scale=maps.scale,
        unit=maps.unit,
        is_signed=found.is_signed,
        description=words.describe(
            found.map, name, maps.unit, is_signed=found.is_signed, other=other
        ),
        sum_line=f"{words.unit_in_words(maps.unit)} {sum_line} "
        + words.describe_scale(scale, maps.scale, maps.unit),
        residual_line=residual_line,
        title=f"{name}{f' rather than {other}' if other else ''}, {method.title}",
        choice=choice,
    )


def _of_module(found: AttentionMap, choice: Choice) -> Shown:
    return Shown(
        values=found.map,
        scale=1.0,
        usual_scale=1.0,
        unit=FACTOR,
        is_signed=False,
        description=words.describe_attention(found),
        sum_line=f"{found.title}, {found.place}: each of its {found.resolution[0]} × "
        f"{found.resolution[1]} values multiplies the features there, the same for every class.",
        residual_line="",
        title=found.title,
        choice=choice,
        is_even=not found.varies,
    )


def show_words(opened: OpenCase, shown: Shown) -> None:
    """Draws what the map says, beside the scan alone and what the network saw of it."""
    view = opened.reading.model_input.views[opened.reading.view]
    seen = f"The network's input, 64 by 64 pixels, {view}"
    pictures = (
        (opened.png, "The scan as shown", "Scan"),
        (opened.seen_png, seen, f"What the network saw: 64 × 64, {view}"),
    )
    with st.container(horizontal=True, gap="medium"):
        for png, alt, caption in pictures:
            with st.container(gap="xsmall", width=_SMALL):
                st.image(png, width="stretch", output_format="PNG", alt=alt)
                st.caption(caption, text_alignment="center")
        with st.container(width="stretch", gap="small", key="evidence_words"):
            if shown.is_without_support:
                st.warning(shown.description, icon=":material/do_not_disturb_on:")
            else:
                st.markdown(shown.description)
            st.caption(shown.sum_line)
