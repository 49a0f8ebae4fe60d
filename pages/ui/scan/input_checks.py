"""Checks on the pixels: the whole network asked again and again, held against the map in view."""

import streamlit as st

from arncnn import explain
from arncnn.cases.open_case import OpenCase
from arncnn.explain import agreement
from arncnn.explain.input_checks import INPUT_CHECKS, InputCheck, on_one_scale
from pages.ui.scan.evidence import Shown, of_class
from pages.ui.shared import colour_bar, map_layer


def show(opened: OpenCase, shown: Shown, *, key: str) -> None:
    """Draws each check with its button, or with its map once it has run."""
    if not shown.choice.is_evidence:
        st.info(
            "Choose the last convolution as layer: these checks are of a class's evidence.",
            icon=":material/info:",
        )
        return
    st.caption(
        "These checks do not look inside the network. They change the scan and watch the answer, "
        "so they can contradict the map above. Each takes some seconds, once a scan."
    )
    with st.grid(len(INPUT_CHECKS), min_column_width=240, gap="medium"):
        for check in INPUT_CHECKS.values():
            with st.container(gap="small"):
                _check(opened, shown, check, key=f"{key}_{check.name}")


def _check(opened: OpenCase, shown: Shown, check: InputCheck, *, key: str) -> None:
    st.markdown(f"**{check.title}**")
    found = opened.checks.get(check.name)
    if found is None:
        place = st.empty()  # what asks for the check makes room for its progress
        with place.container(gap="small"):
            st.caption(check.meaning)
            is_asked = st.button(f"Run {check.title}", icon=":material/play_arrow:", key=key)
        if not is_asked:
            return
        bar = place.progress(0.0, "Starting…")
        found = opened.check(
            check.name,
            lambda _, done, total: bar.progress(done / (total or done), f"{done} of {total}"),
        )
        place.empty()
    _result(opened, shown, check, found)


def _result(opened: OpenCase, shown: Shown, check: InputCheck, found: explain.Maps) -> None:
    choice = shown.choice
    map_ = on_one_scale(found, opened.maps[explain.DEFAULT_METHOD])
    evidence, described = of_class(map_, opened.reading.labels, choice)
    values, is_signed = evidence.map, evidence.is_signed
    layer = opened.layer(values, scale=map_.scale, is_signed=is_signed, smooth=choice.smooth)
    map_layer.show(layer, alt=described, key=check.name)
    colour_bar.show(scale=map_.scale, unit=map_.unit, is_signed=is_signed)
    st.markdown(agreement.agreement(shown.values, values).sentence("the map above"))
    st.caption(f"{described}  \n{check.meaning}")
