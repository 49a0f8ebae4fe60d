"""Which case a page is about: the one in view, or another of the latest."""

from collections.abc import Mapping

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.errors import ArncnnError
from arncnn.store import Actor
from arncnn.store.case import Case
from pages.ui import caches, frame, navigation, state
from pages.ui.shared import case_names, case_steps
from pages.ui.wording import VERDICTS, moment

_OFFERED = 50


def choose(actor: Actor, *, key: str) -> OpenCase | None:
    """Draws the picker and opens the case; draws the empty or failed state and gives None."""
    cases = {case.id: case for case in caches.store().cases.list(actor, limit=_OFFERED).cases}
    in_view = state.case_id()
    if not cases and in_view is None:
        _empty()
        return None
    try:
        if in_view is not None and in_view not in cases:
            cases[in_view] = caches.store().cases.get(actor, in_view)
        # The case in view rules the box, also when something else than the box has changed it.
        state.choose(key, in_view or next(iter(cases)))
        given = state.file_names()
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            identity = st.selectbox(
                "Case",
                list(cases),
                format_func=lambda identity: _name(cases[identity], given),
                on_change=lambda: state.show_case(state.chosen(key)),
                key=key,
            )
            case_steps.show(actor, identity, key=f"{key}_step")
        state.show_case(identity)
        state.name_case_in_address(identity)
        _, opened = caches.cases().at_hand(actor, identity)
        if opened is not None:
            return opened
        with st.spinner("Opening the case…"):
            return caches.cases().open(actor, identity)
    except ArncnnError as error:
        state.show_case(None)
        frame.failed(str(error))
        st.page_link(navigation.UPLOAD.script, label="Read another scan")
        return None


def _empty() -> None:
    frame.empty(
        "No scan has been read yet",
        "Upload a file of your own, or choose one of the samples.",
        icon=":material/image_search:",
        to=navigation.UPLOAD,
        label="Read a scan or try a sample",
    )


def _name(case: Case, given: Mapping[str, str]) -> str:
    said = f"{case.answer} · {VERDICTS[case.verdict]} · {moment(case.created_at)}"
    # The browser tells options apart by their words: without the id, two files of one name would
    # be one, and what is said of the one be kept of the other.
    return f"{case_names.full(case, given)} · {said} · {case.id[:6]}"
