"""How far to trust the map in view: tested on its scan, and held against checks on the pixels."""

from dataclasses import replace

import numpy as np
import streamlit as st

from arncnn import explain
from arncnn.cases.open_case import OpenCase
from arncnn.explain import agreement, words
from arncnn.explain.input_checks import INPUT_CHECKS, InputCheck, on_own_scale
from arncnn.explain.map_trust import MapTrust
from arncnn.models.release_check import ReleaseCheck, release_plain, release_sentence
from pages.ui.scan import evidence
from pages.ui.scan.evidence import Shown
from pages.ui.shared import stored_results


def show_trust(opened: OpenCase, shown: Shown, *, key: str) -> None:
    """Draws how far to trust the map, with a button that tests it on its own scan."""
    choice = shown.choice
    if not choice.is_evidence:
        st.caption(
            ":material/science: An attention map is an intermediate step and not evidence "
            "for a class, so there is no answer to test it against."
        )
        return
    asked = (choice.method, choice.label, choice.against)
    found = opened.trusted.get(asked)
    with st.container(border=True, key=f"{key}_box", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**How far to trust this map**", width="stretch")
            place = st.empty()
        if found is None and place.button(
            "Test it on this scan",
            icon=":material/science:",
            help="Covers and shows the marked places, and shifts the scan by a pixel or two.",
            key=f"{key}_test",
        ):
            place.empty()
            with st.spinner("Testing the map…"):
                found = opened.trust(asked)
        if found is None:
            st.caption("Not tested on this scan yet. The test takes a few seconds.")
        else:
            st.markdown(found.plain())
        st.caption(release_plain(_release_check(opened), choice.method))
        with st.expander("The figures behind this", key=f"{key}_figures"):
            _show_figures(opened, shown, found)


def show_pixel_checks(opened: OpenCase, shown: Shown, *, key: str) -> None:
    """Draws each check on the pixels with its button, or with its map once it has run."""
    if not shown.choice.is_evidence:
        st.info(
            "Choose the last convolution as layer: these checks apply to the evidence for a class.",
            icon=":material/info:",
        )
        return
    st.caption(
        "These checks do not look inside the network. They change the scan and observe the "
        "answer, so they can contradict the map above. Each takes a few seconds, once per "
        "scan."
    )
    with st.grid(len(INPUT_CHECKS), min_column_width=240, gap="medium"):
        for check in INPUT_CHECKS.values():
            with st.container(gap="small"):
                st.markdown(f"**{check.title}**")
                found = _run(opened, check, key=f"{key}_{check.name}")
                if found is not None:
                    _show_result(opened, shown, check, found)


def _run(opened: OpenCase, check: InputCheck, *, key: str) -> explain.Maps | None:
    """What a check found, now or before; None until somebody asks for it."""
    found = opened.checks.get(check.name)
    if found is not None:
        return found
    place = st.empty()  # what asks for the check makes room for its progress
    with place.container(gap="small"):
        st.caption(check.meaning)
        if not st.button(f"Run {check.title}", icon=":material/play_arrow:", key=key):
            return None
    bar = place.progress(0.0, "Starting…")
    found = opened.check(
        check.name,
        lambda _, done, total: bar.progress(done / (total or done), f"{done} of {total}"),
    )
    place.empty()
    return found


def _show_result(opened: OpenCase, shown: Shown, check: InputCheck, found: explain.Maps) -> None:
    _, rows, columns = opened.maps[explain.DEFAULT_METHOD].maps.shape
    own = on_own_scale(found, (rows, columns))
    choice = replace(shown.choice, is_stretched=False)
    result = evidence.map_of_class(own, opened.reading.labels, choice)
    result = replace(result, scale=max(own.scale, float(np.abs(result.values).max())), is_own=True)
    evidence.show_map(opened, result, key=check.name)
    st.markdown(agreement.agreement(shown.values, result.values).sentence("the map above"))
    scale = words.describe_own_scale(result.scale, result.unit)
    st.caption(f"{result.description}  \n{check.meaning}  \n{scale}")


def _show_figures(opened: OpenCase, shown: Shown, found: MapTrust | None) -> None:
    method = shown.choice.method
    sentences = (
        *(found.sentences() if found else ()),
        release_sentence(_release_check(opened), method),
        shown.residual_line,
        f"Source of the method: {explain.METHODS[method].source}.",
    )
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences if sentence))


def _release_check(opened: OpenCase) -> ReleaseCheck | None:
    bundle = opened.model.reader.bundle
    return stored_results.release_check(bundle.identity.sha256, bundle.metadata.explanations)
