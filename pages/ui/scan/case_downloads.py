"""What a person can take away of a case: the picture with its evidence, and a report."""

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.config import INTENDED_USE
from arncnn.figures import evidence, picture
from arncnn.reports import case_maps
from arncnn.reports.case_report import Plate, case_report
from arncnn.store import Actor
from pages.ui import caches, sign_in
from pages.ui.scan import structured_report
from pages.ui.scan.evidence import Shown

_Made = TypeVar("_Made", str, bytes)


def show(opened: OpenCase, shown: Shown, *, key: str) -> None:
    """Draws the download buttons; what they give is only made when asked for."""
    name = f"case-{opened.case.id}"
    with st.container(horizontal=True):
        st.download_button(
            "Overlay (PNG)",
            _on_demand(opened, lambda: picture.png(_plate(opened, shown))),
            file_name=f"{name}-evidence.png",
            mime="image/png",
            icon=":material/image:",
            on_click="ignore",
            key=f"{key}_png",
        )
        st.download_button(
            "Case report (HTML)",
            _on_demand(opened, lambda: _report(opened, shown)),
            file_name=f"{name}-report.html",
            mime="text/html",
            icon=":material/description:",
            on_click="ignore",
            key=f"{key}_report",
        )
        structured_report.show(opened, key=f"{key}_sr")


def _on_demand(opened: OpenCase, make: Callable[[], _Made]) -> Callable[[], _Made]:
    cases = caches.store().cases

    def made(person: Actor) -> _Made:
        cases.get(person, opened.case.id)  # it may have been deleted since the page was drawn
        return make()

    return sign_in.on_demand(made, action="case.read")


def _plate(opened: OpenCase, shown: Shown) -> np.ndarray:
    """The overlay with its scale and what made it, so that it says as much as the page does."""
    reading = opened.reading
    usual = f"usual full colour {shown.usual_scale:.3g} {shown.unit}"
    stretched = (f"Colours stretched to this map; {usual}",) if shown.is_stretched else ()
    return _with_scale(
        opened,
        shown,
        f"{shown.title}, {reading.model_input.views[reading.view]}",
        f"model {reading.model.id}",
        INTENDED_USE,
        *stretched,
    )


def _with_scale(opened: OpenCase, shown: Shown, *lines: str) -> np.ndarray:
    return evidence.plate(
        shown.overlay(opened.fitted),
        scale=shown.scale,
        unit=shown.unit,
        is_signed=shown.is_signed,
        opacity=shown.choice.opacity,
        is_open=shown.is_open,
        lines=lines,
    )


def _report(opened: OpenCase, shown: Shown) -> str:
    reading = opened.reading
    plates = (
        Plate(opened.fitted, "Scan", "The scan as shown."),
        Plate(
            opened.seen,
            f"What the network saw ({reading.model_input.views[reading.view]})",
            "The network's input, 64 by 64 pixels.",
        ),
        Plate(
            _with_scale(opened, shown),
            f"Evidence: {shown.title}; full colour at {shown.scale:.3g} {shown.unit}",
            f"{shown.description} {shown.sum_line} {shown.residual_line}".rstrip(),
        ),
    )
    choice = shown.choice
    opacity, smooth = choice.opacity, choice.smooth
    return case_report(
        reading,
        plates,
        galleries=(
            case_maps.classes(
                opened.fitted,
                opened.maps[choice.method],
                reading.labels,
                opacity=opacity,
                smooth=smooth,
            ),
            case_maps.attention(
                opened.fitted, reading.features.attention, opacity=opacity, smooth=smooth
            ),
        ),
        case_id=opened.case.id,
        made_at=time.time(),
        warnings=opened.case.warnings,
    )
