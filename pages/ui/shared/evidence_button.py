"""The button below an image of the model pages that reads it and opens its evidence."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.intake import Item
from arncnn.store import Actor
from arncnn.store.roles import may
from pages.ui import caches, frame, navigation, state


def show(actor: Actor, item: Item, *, key: str) -> None:
    """Draws the button; a press reads the image and opens the evidence page.

    Args:
        actor: without the right to read scans there is no button.
        item: the image.
        key: of the button.
    """
    if not may(actor, "case.add"):
        return
    if not st.button(navigation.EXPLANATIONS.title, key=key, width="stretch"):
        return
    try:
        with st.spinner("Reading the image…"):
            state.show_case(caches.cases().read(actor, item).case.id)
    except ArncnnError as error:
        frame.failed(str(error))
        return
    st.switch_page(navigation.EXPLANATIONS.script)
