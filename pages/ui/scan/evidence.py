"""The evidence on the picture: the map that was picked, laid over the scan."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from arncnn import explain
from arncnn.cases.open_case import OpenCase
from arncnn.explain import words
from arncnn.explain.attention import AttentionMap
from arncnn.explain.class_evidence import ClassEvidence, class_evidence
from arncnn.figures import picture
from arncnn.labels import title
from pages.ui.shared import colour_bar, map_layer
from pages.ui.shared.evidence_pickers import Choice, module

FACTOR = "factor"


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

    @property
    def is_stretched(self) -> bool:
        """Whether the colours are this map's own and not comparable with another's."""
        return self.scale != self.usual_scale

    @property
    def is_open(self) -> bool:
        """Whether a cell may be stronger than the end of the colours."""
        return not self.is_stretched and self.unit != FACTOR

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
            self.values,
            scale=self.scale,
            is_signed=self.is_signed,
            opacity=self.choice.opacity,
            smooth=self.choice.smooth,
        )


def show(opened: OpenCase, choice: Choice) -> Shown:
    """Draws the three pictures and what they say; gives what is shown."""
    found = module(opened, choice)
    shown = _evidence(opened, choice) if found is None else _attention(found, choice)
    _pictures(opened, shown)
    return shown


def of_class(
    maps: explain.Maps, labels: tuple[str, ...], choice: Choice
) -> tuple[ClassEvidence, str]:
    """The evidence for the chosen class, alone or against the other, and it in words."""
    against = None if choice.against is None else labels.index(choice.against)
    found = class_evidence(maps, labels.index(choice.label), against)
    other = None if choice.against is None else title(choice.against)
    return found, words.describe(
        found.map, title(choice.label), maps.unit, is_signed=found.is_signed, other=other
    )


def _evidence(opened: OpenCase, choice: Choice) -> Shown:
    labels, maps = opened.reading.labels, opened.maps[choice.method]
    found, described = of_class(maps, labels, choice)
    of, other = title(choice.label), None if choice.against is None else title(choice.against)
    sum_line, residual_line = explain.METHODS[choice.method].meaning, ""
    if found.difference is not None and found.residual is not None:
        sum_line = words.describe_sum(found.difference, of, other)
        residual_line = words.describe_residual(found.difference, found.residual)
    name = f"{of}{f' rather than {other}' if other else ''}, {explain.METHODS[choice.method].title}"
    scale = words.stretched_scale(found.map, maps.scale) if choice.is_stretched else maps.scale
    return Shown(
        values=found.map,
        scale=scale,
        usual_scale=maps.scale,
        unit=maps.unit,
        is_signed=found.is_signed,
        description=described,
        sum_line=f"{words.unit_in_words(maps.unit)} {sum_line} "
        + words.describe_scale(scale, maps.scale, maps.unit),
        residual_line=residual_line,
        title=name,
        choice=choice,
    )


def _attention(found: AttentionMap, choice: Choice) -> Shown:
    described = words.describe_attention(found)
    said = (
        f"{found.title}, {found.place}: each of its {found.resolution[0]} × "
        f"{found.resolution[1]} values multiplies the features there, the same for every class."
    )
    return Shown(
        values=found.map,
        scale=1.0,
        usual_scale=1.0,
        unit=FACTOR,
        is_signed=False,
        description=described,
        sum_line=said,
        residual_line="",
        title=found.title,
        choice=choice,
    )


def _pictures(opened: OpenCase, shown: Shown) -> None:
    reading = opened.reading
    view = reading.model_input.views[reading.view]
    layer = opened.layer(
        shown.values,
        scale=shown.scale,
        is_signed=shown.is_signed,
        smooth=shown.choice.smooth,
    )
    original, network, over = st.columns(3, gap="small")
    with original, st.container(gap="xsmall"):
        st.image(opened.png, width="stretch", output_format="PNG", alt="The scan as shown")
        _caption("Scan")
    with network, st.container(gap="xsmall"):
        st.image(
            opened.seen_png,
            width="stretch",
            output_format="PNG",
            alt=f"The network's input, 64 by 64 pixels, {view}",
        )
        _caption(f"What the network saw: 64 × 64, {view}")
    with over, st.container(gap="xsmall", key="evidence_overlay"):
        map_layer.show(layer, alt=shown.description, key="overlay")
        _caption(shown.title)
        colour_bar.show(
            scale=shown.scale,
            unit=shown.unit,
            is_signed=shown.is_signed,
            is_open=shown.is_open,
        )
        if shown.is_stretched:
            st.caption(
                ":material/warning: **Colours stretched to this map**", text_alignment="center"
            )
    if shown.is_without_support:
        st.warning(shown.description, icon=":material/do_not_disturb_on:")
    else:
        st.markdown(shown.description)
    st.caption(shown.sum_line)


def _caption(text: str) -> None:
    st.caption(text, text_alignment="center")
