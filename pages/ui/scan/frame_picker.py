"""Which frame of a file with several is read: each frame that is read is a case of its own."""

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.errors import ArncnnError
from arncnn.store import Actor
from arncnn.store.roles import may
from pages.ui import caches, frame, state


def show(actor: Actor, opened: OpenCase, *, key: str) -> None:
    """Draws the picker for a file with several frames; nothing for one with a single frame."""
    case = opened.case
    if case.frames < 2:
        return
    place = f"Frame {case.frame + 1} of {case.frames}."
    if not may(actor, "case.add"):
        st.caption(place)
        return
    if opened.item is None or opened.item.is_gone:
        st.caption(f"{place} Upload the file again to read another one.")
        return
    with st.form(f"{key}_{case.id}", border=False):
        wanted = st.slider(
            f"Frame or slice, of {case.frames} (the middle one is read first)",
            1,
            case.frames,
            case.frame + 1,
        )
        is_asked = st.form_submit_button("Read this frame", icon=":material/filter_frames:")
    if not is_asked or wanted == case.frame + 1:
        return
    try:
        with st.spinner("Reading the frame…"):
            state.show_case(caches.cases().read(actor, opened.item, frame=wanted - 1).case.id)
    except ArncnnError as error:
        frame.failed(str(error))
        return
    st.rerun()
