"""Which case a page is about: the one in view, or another of the latest."""

from collections.abc import Callable, Mapping
from contextlib import suppress

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.errors import ArncnnError
from arncnn.store import Actor
from arncnn.store.case import Case
from pages.ui import caches, frame, navigation, state
from pages.ui.shared import case_names, case_steps
from pages.ui.wording import VERDICTS, moment

_OFFERED = 50


def choose(
    actor: Actor, *, key: str, first: Callable[[OpenCase], object] | None = None
) -> OpenCase | None:
    """Draws the picker and opens the case; draws the empty or failed state and gives None.

    Args:
        actor: who looks at it.
        key: of the picker.
        first: draws what the page says of the case below the picker, and is on its way to the
            browser while the picker looks up the other cases.
    """
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    identity = state.case_id() or next(iter(_latest(actor)), None)
    if identity is None:
        _empty()
        return None
    state.show_case(identity)
    state.name_case_in_address(identity)
    try:
        opened = _opened(actor, identity)
        if first is not None:
            first(opened)
        with row:
            _pick(actor, opened.case, key=key)
        return opened
    except ArncnnError as error:
        state.show_case(None)
        with row, suppress(ArncnnError):
            _pick(actor, caches.store().cases.get(actor, identity), key=key)
        frame.failed(str(error))
        st.page_link(navigation.UPLOAD.script, label="Read another scan")
        return None


def _latest(actor: Actor) -> dict[str, Case]:
    return {case.id: case for case in caches.store().cases.list(actor, limit=_OFFERED).cases}


def _opened(actor: Actor, identity: str) -> OpenCase:
    _, opened = caches.cases().at_hand(actor, identity)
    if opened is not None:
        return opened
    with st.spinner("Opening the case…"):
        return caches.cases().open(actor, identity)


def _pick(actor: Actor, case: Case, *, key: str) -> None:
    cases = _latest(actor)
    cases.setdefault(case.id, case)
    given = state.file_names()
    # The case in view rules the box, also when something else than the box has changed it.
    state.choose(key, case.id)
    st.selectbox(
        "Case",
        list(cases),
        format_func=lambda identity: _name(cases[identity], given),
        on_change=lambda: state.show_case(state.chosen(key)),
        key=key,
    )
    case_steps.show(actor, case.id, key=f"{key}_step")


def _empty() -> None:
    frame.empty(
        "No scan has been read yet",
        "Upload a file of your own, or choose one of the samples.",
        icon=":material/image_search:",
        to=navigation.UPLOAD,
        label="Read a scan or try a sample",
    )


def _name(case: Case, given: Mapping[str, str]) -> str:
    called, short = case_names.full(case, given), case.id[:6]
    said = (called, case.answer, VERDICTS[case.verdict], moment(case.created_at))
    # The browser tells options apart by their words: without the id, two files of one name would
    # be one, and what is said of the one be kept of the other. A pseudonym has it in itself.
    return " · ".join(said if short in called else (*said, short))
