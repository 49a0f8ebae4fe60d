"""The evidence on the picture: which class, by which method, laid over the scan."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from arncnn import explain, picture
from arncnn.explain import contrast, words
from arncnn.labels import title
from pages.ui import resources
from pages.ui.components import colour_bar

_NOTHING = "nothing"
_GRIDS = {"Smooth": True, "Network's grid": False}


@dataclass(frozen=True, eq=False)
class Shown:
    """The map that is on the screen.

    Attributes:
        values: float32, (rows, columns).
        overlay: uint8, (height, width, 3), RGB.
        scale: the magnitude at the end of the colours, one for all classes.
        description: the map in words.
        sum_line: what the cells add up to, or why they do not.
        title: class and method.
        method: its key.
    """

    values: np.ndarray
    overlay: np.ndarray
    scale: float
    unit: str
    is_signed: bool
    description: str
    sum_line: str
    title: str
    method: str


def show(opened: resources.Opened, *, key: str) -> Shown:
    """Draws the pickers and the three pictures; gives what is shown."""
    reading = opened.reading
    label = st.segmented_control(
        "Evidence for",
        reading.labels,
        format_func=title,
        default=reading.pixel_label,
        required=True,
        key=f"{key}_label_{opened.case.id}",
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        against = st.selectbox(
            "Compared with",
            [_NOTHING, *(other for other in reading.labels if other != label)],
            format_func=lambda other: title(other) if other != _NOTHING else "Nothing",
            key=f"{key}_against",
            width=190,
        )
        method = st.selectbox(
            "Method",
            list(explain.METHODS),
            format_func=lambda name: explain.METHODS[name].title,
            help="Integrated evidence adds up to the answer; Grad-CAM is the paper's.",
            key=f"{key}_method",
            width=220,
        )
        grid = st.segmented_control(
            "Drawing", list(_GRIDS), default="Smooth", required=True, key=f"{key}_grid"
        )
        opacity = st.slider(
            "Opacity", 0, 100, 70, 5, format="%d %%", key=f"{key}_opacity", width=180
        )
    shown = _shown(opened, label, against, method, opacity / 100, _GRIDS[grid])
    _pictures(opened, shown)
    return shown


def _shown(
    opened: resources.Opened, label: str, against: str, method: str, opacity: float, smooth: bool
) -> Shown:
    reading, maps = opened.reading, resources.maps(opened)[method]
    place = reading.labels.index(label)
    is_signed, of = maps.is_signed, title(label)
    sum_line = explain.METHODS[method].meaning
    if against == _NOTHING:
        values = maps.maps[place]
        described = words.describe(values, of, maps.unit, is_signed=is_signed)
        if maps.difference is not None:
            sum_line = words.describe_sum(maps.difference[place], maps.residual[place], of)
    else:
        compared = contrast.contrast(maps, place, reading.labels.index(against))
        values, is_signed = compared.map, True
        described = words.describe_contrast(values, of, title(against), maps.unit)
        of = f"{of} rather than {title(against)}"
        if compared.difference is not None:
            sum_line = f"The cells sum to {compared.difference:+.2f} {maps.unit}: {of}."
    over = picture.overlay(
        picture.fit(opened.display),
        values,
        scale=maps.scale,
        is_signed=is_signed,
        opacity=opacity,
        smooth=smooth,
    )
    name = f"{of}, {explain.METHODS[method].title}"
    return Shown(values, over, maps.scale, maps.unit, is_signed, described, sum_line, name, method)


def _pictures(opened: resources.Opened, shown: Shown) -> None:
    reading = opened.reading
    fitted = picture.fit(opened.display)
    seen = picture.as_grey(reading.model_input.images[reading.view][..., 0])
    seen = picture.enlarge(seen, fitted.shape[:2], smooth=False)
    original, network, over = st.columns(3, gap="small")
    with original:
        st.image(picture.png(fitted), caption="Scan", width="stretch", alt="The scan as shown")
    with network:
        view = reading.model_input.views[reading.view]
        st.image(
            picture.png(seen),
            caption=f"What the network saw: 64 × 64, {view}",
            width="stretch",
            alt=f"The network's input, 64 by 64 pixels, {view}",
        )
    with over:
        st.image(
            picture.png(shown.overlay), caption=shown.title, width="stretch", alt=shown.description
        )
        colour_bar.show(scale=shown.scale, unit=shown.unit, is_signed=shown.is_signed)
    st.markdown(shown.description)
    st.caption(f"{shown.sum_line} One colour scale for all classes, never stretched per map.")
