"""What speaks for and against "known": that the scan shows one of the model's classes at all."""

from dataclasses import replace

import numpy as np
import streamlit as st

from arncnn import explain
from arncnn.cases.open_case import KNOWN_CHECK, OpenCase
from arncnn.explain import agreement, words
from arncnn.explain.input_checks import INPUT_CHECKS, on_own_scale
from arncnn.explain.known_evidence import TITLE
from pages.ui.scan import evidence
from pages.ui.scan.evidence_pickers import Choice

_ABOUT = (
    'The output "known" was trained with images of other kinds. It says whether a scan shows one '
    "of the model's classes at all, not which. The map has the method and drawing chosen above; "
    "a place that speaks against it looks unlike the scans that the model knows."
)


def is_offered(opened: OpenCase) -> bool:
    """Whether the model has that output."""
    return opened.known is not None


def show(opened: OpenCase, choice: Choice, *, key: str) -> None:
    """Draws the map of "known" beside what covering each place takes from it."""
    score = opened.known_score
    if score is None:
        return
    st.caption(_ABOUT)
    st.markdown(score.sentence())
    choice = replace(choice, label=TITLE, against=None, is_stretched=False)
    maps = opened.known_maps[choice.method]
    shown = evidence.map_of_class(maps, (TITLE,), choice)
    with st.grid(2, min_column_width=240, gap="medium"):
        with st.container(gap="small"):
            st.markdown(f"**{explain.METHODS[choice.method].title}**")
            evidence.show_map(opened, shown, key=f"{key}_map")
            st.caption(f"{shown.description}  \n{shown.sum_line}")
        with st.container(gap="small"):
            st.markdown(f"**{INPUT_CHECKS['occlusion'].title}**")
            found = _covered(opened, key=f"{key}_occlusion")
            if found is not None:
                _show_covered(opened, choice, shown.values, found, key=key)


def _covered(opened: OpenCase, *, key: str) -> explain.Maps | None:
    """What covering showed, now or before; None until somebody asks for it."""
    if KNOWN_CHECK in opened.checks:
        return opened.checks[KNOWN_CHECK]
    place = st.empty()
    with place.container(gap="small"):
        st.caption('How much the logit of "known" drops when a grey patch covers the place.')
        if not st.button("Run Occlusion of known", icon=":material/play_arrow:", key=key):
            return None
    bar = place.progress(0.0, "Starting…")
    found = opened.check_known(
        lambda _, done, total: bar.progress(done / (total or done), f"{done} of {total}"),
    )
    place.empty()
    return found


def _show_covered(
    opened: OpenCase, choice: Choice, beside: np.ndarray, found: explain.Maps, *, key: str
) -> None:
    own = on_own_scale(found, (beside.shape[0], beside.shape[1]))
    result = evidence.map_of_class(own, (TITLE,), choice)
    result = replace(result, is_own=True)
    evidence.show_map(opened, result, key=f"{key}_covered")
    st.markdown(agreement.agreement(beside, result.values).sentence("the map beside it"))
    scale = words.describe_own_scale(result.scale, result.unit)
    st.caption(f"{result.description}  \n{scale}")
