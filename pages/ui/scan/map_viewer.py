"""The map in view over the full scan, in the viewer: zoom, window, opacity, threshold, values."""

from functools import partial

import streamlit as st

from arncnn.cases.open_case import OpenCase
from pages.ui.scan import evidence
from pages.ui.scan.evidence import Shown
from pages.ui.shared import viewer


def show(opened: OpenCase, shown: Shown, *, key: str) -> None:
    """Offers the viewer, and draws it for who wants it; it moves in step with that of Reading."""
    if not st.toggle(
        "Look closer: the map over the full scan",
        help="Zoom, window, opacity and threshold, with the value under the pointer.",
        key=f"{key}_open",
    ):
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
        partial(evidence.show_map, opened, shown, key=key),
        alt=shown.description,
        key=key,
        item=opened.item,
        over=over,
    )


def _ends(shown: Shown) -> tuple[str, ...]:
    """What stands at the ends of the colour bar, as under the map of the page."""
    end = f"{shown.scale:.3g} {shown.unit}" + (" or more" if shown.is_open else "")
    return (f"−{end}, against", "0", f"{end}, for") if shown.is_signed else ("0", end)
