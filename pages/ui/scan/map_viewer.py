"""The map in view over the full scan, in the viewer: zoom, window, opacity, threshold, values."""

from functools import partial

import streamlit as st

from arncnn.cases.open_case import OpenCase
from pages.ui.scan import evidence
from pages.ui.scan.evidence import Shown
from pages.ui.shared import viewer

_HEIGHT = 560  # px of the picture, where the screen is high enough


def show(opened: OpenCase, shown: Shown, *, key: str) -> None:
    """Draws the map in the viewer, in step with that of Reading, or flat for who asks for it."""
    plain = partial(evidence.show_map, opened, shown, key=key)
    place = st.container(key=f"{key}_place", gap="xsmall")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(shown.title, width="stretch")
        is_flat = st.toggle(
            "Flat image",
            help="The map over the scan as it is shown in the report, without zoom and window.",
            key=f"{key}_flat",
        )
    if shown.is_stretched:
        st.caption(":material/warning: **Colours stretched to this map**")
    with place:
        if is_flat:
            plain()
            return
        over = viewer.MapOver(
            shown.values,
            opened.display.shape,
            shown.scale,
            shown.is_signed,
            shown.choice.smooth,
            _ends(shown),
        )
        viewer.show(
            opened.case,
            plain,
            alt=shown.description,
            key=key,
            item=opened.item,
            height=_HEIGHT,
            over=None if shown.is_even else over,
        )


def _ends(shown: Shown) -> tuple[str, ...]:
    """What stands at the ends of the colour bar, as under the map of the page."""
    end = f"{shown.scale:.3g} {shown.unit}" + (" or more" if shown.is_open else "")
    return (f"−{end}, against", "0", f"{end}, for") if shown.is_signed else ("0", end)
