"""All attention modules in the network's order, each at its own resolution, over the scan."""

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.explain.attention import AttentionMap, attention_maps
from pages.ui.shared import map_layer
from pages.ui.shared.evidence_pickers import Choice


def show(opened: OpenCase, choice: Choice) -> None:
    """Draws the maps with their value ranges, or says that there are none."""
    maps = attention_maps(opened.reading.features.attention)
    if not maps:
        st.info("This model was built without attention.", icon=":material/info:")
        return
    st.caption(
        "What each module multiplies its features by, from 0 (uncoloured) to 1 (yellow). An even "
        "map treats every place alike. Choose one under Layer to lay it over the scan."
    )
    drawn = opened.attention_layers(smooth=choice.smooth)
    with st.grid(4, min_column_width=150, gap="small"):
        for found, layer in zip(maps, drawn, strict=True):
            with st.container(gap="xsmall"):
                _module(found, layer, is_above=found.name == choice.layer)


def _module(found: AttentionMap, layer: str, *, is_above: bool) -> None:
    rows, columns = found.resolution
    span = f"{found.minimum:.2f} to {found.maximum:.2f}"
    map_layer.show(
        layer,
        alt=f"{found.title}, {found.place}: {rows} by {columns} values from {span}",
        key=found.name,
    )
    mark = ":material/arrow_upward: shown above  \n" if is_above else ""
    st.caption(f"**{found.title}**  \n{mark}{rows} × {columns}, {span}  \n{found.place}")
