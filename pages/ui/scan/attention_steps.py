"""One attention module on this scan, step by step: the paper's Figure 3 made live."""

import numpy as np
import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.explain.attention import attention_maps
from arncnn.figures import picture
from pages.ui.scan.evidence import FACTOR
from pages.ui.shared import colour_bar
from pages.ui.shared.evidence_pickers import Choice

_EDGE = 256  # px
_PAPER = 255  # grey level below a map that runs through zero


def show(opened: OpenCase, choice: Choice) -> None:
    """Draws features before, the map and features after of the layer picked, or of the first."""
    modules = {found.name: found for found in attention_maps(opened.reading.features.attention)}
    if not modules:
        st.info("This model was built without attention.", icon=":material/info:")
        return
    found = modules.get(choice.layer) or next(iter(modules.values()))
    with st.spinner("Running the network up to this module…"):
        steps = opened.steps(found.name)
    rows, columns, channels = steps.before.shape
    before, after = steps.mean_before, steps.mean_after
    scale = float(np.abs(before).max())
    st.markdown(
        f"**{found.title}**, {found.place}. The map multiplies all {channels} channels; "
        f"{100 * steps.kept_share:.0f} % of the features' mean magnitude goes on."
    )
    st.caption("Another module: choose it under Layer. The paper's Figure 3, for this scan.")
    is_signed = bool(steps.before.min() < 0)
    shown = (
        ("Features before", before, scale, "activation", is_signed, steps.before),
        ("Attention map", steps.mean_map, 1.0, FACTOR, False, steps.map),
        ("Features after", after, scale, "activation", is_signed, steps.after),
    )
    places = st.columns(3, gap="small")
    for place, (name, values, end, unit, signed, whole) in zip(places, shown, strict=True):
        span = f"{whole.min():.3g} to {whole.max():.3g}"
        with place, st.container(gap="xsmall"):
            st.image(
                picture.png(_drawn(values, end, is_signed=signed, smooth=choice.smooth)),
                width="stretch",
                output_format="PNG",
                alt=f"{name}: {rows} by {columns} places, values from {span}",
            )
            colour_bar.show(
                scale=end,
                unit=unit,
                is_signed=signed,
                is_evidence=False,
                is_over_scan=False,
                is_open=unit != FACTOR,
            )
            mean = ", mean over channels" if whole.shape[2] > 1 else ""
            st.caption(f"**{name}**{mean}  \n{rows} × {columns} × {whole.shape[2]}, {span}")
    st.caption(
        "Before and after share one scale: full colour is the strongest place before the module."
    )


def _drawn(values: np.ndarray, scale: float, *, is_signed: bool, smooth: bool) -> np.ndarray:
    """The map alone, without the scan below it: uint8, (height, width, 3)."""
    if is_signed:
        paper = np.full((_EDGE, _EDGE), _PAPER, np.uint8)
        return picture.overlay(
            paper, values, scale=scale, is_signed=True, opacity=1.0, smooth=smooth
        )
    strength = values / scale if scale > 0 else np.zeros_like(values)
    return picture.palette(picture.fit(strength, _EDGE, smooth=smooth), is_signed=False)
