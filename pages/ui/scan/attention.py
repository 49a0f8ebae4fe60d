"""The attention modules on this scan: all of them over it, and one laid open step by step."""

import numpy as np
import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.explain import words
from arncnn.explain.attention import AttentionMap, attention_maps
from arncnn.figures import picture
from pages.ui.scan import map_layer
from pages.ui.scan.evidence import FACTOR
from pages.ui.scan.evidence_pickers import Choice

_EDGE = 256  # px
_PAPER = 255  # grey level below a map that runs through zero


def show_gallery(opened: OpenCase, choice: Choice) -> None:
    """Draws every module's map, in the network's order and at its own resolution."""
    maps = _modules(opened)
    if not maps:
        return
    st.caption(
        "What each module multiplies its features by, from 0 (uncoloured) to 1 (yellow). "
        "Choose one under Layer to overlay it on the scan."
    )
    layers = zip(maps, opened.attention_layers(smooth=choice.smooth), strict=True)
    with st.grid(4, min_column_width=150, gap="small"):
        for found, layer in layers:
            if not found.varies:
                continue
            rows, columns = found.resolution
            span = f"{found.minimum:.2f} to {found.maximum:.2f}"
            alt = f"{found.title}, {found.place}: {rows} by {columns} values from {span}"
            is_above = found.name == choice.layer
            mark = ":material/arrow_upward: shown above  \n" if is_above else ""
            with st.container(gap="xsmall"):
                map_layer.show(layer, alt=alt, key=found.name)
                size = f"{rows} × {columns}, {span}"
                st.caption(f"**{found.title}**  \n{mark}{size}  \n{found.place}")
    if even := words.describe_even([found for found in maps if not found.varies]):
        st.markdown(even)


def show_steps(opened: OpenCase, choice: Choice) -> None:
    """Draws the paper's Figure 3 of the layer picked, or of the first: before, map and after."""
    maps = _modules(opened)
    if not maps:
        return
    found = next((found for found in maps if found.name == choice.layer), maps[0])
    with st.spinner("Running the network up to this module…"):
        steps = opened.steps(found.name)
    rows, columns, channels = steps.before.shape
    before, scale = steps.mean_before, float(np.abs(steps.mean_before).max())
    is_signed = bool(steps.before.min() < 0)
    st.markdown(
        f"**{found.title}**, {found.place}. The map multiplies all {channels} channels; "
        f"{100 * steps.kept_share:.0f}% of the features' mean magnitude is passed on."
    )
    st.caption("Another module: choose it under Layer. The paper's Figure 3, for this scan.")
    shown = (
        ("Features before", before, scale, "activation", is_signed, steps.before),
        ("Attention map", steps.mean_map, 1.0, FACTOR, False, steps.map),
        ("Features after", steps.mean_after, scale, "activation", is_signed, steps.after),
    )
    places = st.columns(3, gap="small")
    for place, (name, values, end, unit, signed, whole) in zip(places, shown, strict=True):
        span = f"{whole.min():.3g} to {whole.max():.3g}"
        if unit == FACTOR and not found.varies:
            place.caption(f"**{name}**  \n{words.describe_attention(found)} Nothing to draw.")
            continue
        drawn = picture.png(_drawn(values, end, is_signed=signed, smooth=choice.smooth))
        mean = ", mean over channels" if whole.shape[2] > 1 else ""
        with place, st.container(gap="xsmall"):
            alt = f"{name}: {rows} by {columns} places, values from {span}"
            st.image(drawn, width="stretch", output_format="PNG", alt=alt)
            map_layer.show_scale(
                scale=end,
                unit=unit,
                is_signed=signed,
                is_evidence=False,
                is_over_scan=False,
                is_open=unit != FACTOR,
            )
            st.caption(f"**{name}**{mean}  \n{rows} × {columns} × {whole.shape[2]}, {span}")
    st.caption(
        "Before and after share one scale: full colour is the strongest place before the module."
    )


def _modules(opened: OpenCase) -> tuple[AttentionMap, ...]:
    """The modules of the case's model; says so when it has none."""
    maps = attention_maps(opened.reading.features.attention)
    if not maps:
        st.info("This model was built without attention.", icon=":material/info:")
    return maps


def _drawn(values: np.ndarray, scale: float, *, is_signed: bool, smooth: bool) -> np.ndarray:
    """The map alone, without the scan below it: uint8, (height, width, 3)."""
    if is_signed:
        paper = np.full((_EDGE, _EDGE), _PAPER, np.uint8)
        return picture.overlay(
            paper, values, scale=scale, is_signed=True, opacity=1.0, smooth=smooth
        )
    strength = values / scale if scale > 0 else np.zeros_like(values)
    return picture.palette(picture.fit(strength, _EDGE, smooth=smooth), is_signed=False)
