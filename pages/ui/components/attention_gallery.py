"""All attention modules in the network's order, each at its own resolution, over the scan."""

import streamlit as st

from arncnn import picture
from arncnn.explain.attention import AttentionMap, attention_maps
from pages.ui import resources
from pages.ui.components.evidence_pickers import Choice

_EDGE = 256  # px


def show(opened: resources.Opened, choice: Choice) -> None:
    """Draws the maps with their value ranges, or says that there are none."""
    maps = attention_maps(opened.reading.features.attention)
    if not maps:
        st.info("This model was built without attention.", icon=":material/info:")
        return
    st.caption(
        "What each module multiplies its features by, from 0 (uncoloured) to 1 (yellow). An even "
        "map treats every place alike. Choose one under Layer to lay it over the scan."
    )
    with st.grid(4, min_column_width=150, gap="small"):
        for found in maps:
            with st.container(gap="xsmall"):
                _module(opened, found, choice)


def _module(opened: resources.Opened, found: AttentionMap, choice: Choice) -> None:
    rows, columns = found.resolution
    over = picture.overlay(
        picture.fit(opened.display, _EDGE),
        found.map,
        scale=1.0,
        is_signed=False,
        opacity=choice.opacity,
        smooth=choice.smooth,
    )
    span = f"{found.minimum:.2f} to {found.maximum:.2f}"
    st.image(
        picture.png(over),
        width="stretch",
        alt=f"{found.title}, {found.place}: {rows} by {columns} values from {span}",
    )
    is_above = ":material/arrow_upward: shown above  \n" if found.name == choice.layer else ""
    st.caption(f"**{found.title}**  \n{is_above}{rows} × {columns}, {span}  \n{found.place}")
