"""Sources: where scans come from by DICOM, whether each is reached, and what waits for a person."""

import streamlit as st

from pages.ui import caches, frame, sign_in
from pages.ui.operate import source_card, source_form


def show() -> None:
    """Draws every source with its queues, and the form for a new one."""
    actor = sign_in.actor()
    frame.open_page(
        "Sources",
        "Archives and devices that send scans, and whether answers are sent back to them.",
    )
    store = caches.store().sources
    sources, queues = store.list(actor), store.queues(actor)
    source_card.show_process(has_sources=bool(sources))
    if not sources:
        frame.empty(
            "No archive is connected yet",
            "Add one below. Its scans are then read as they arrive, and appear in the worklist.",
            icon=":material/lan:",
        )
    for source in sources:
        source_card.show(actor, source, queues[source.id], key=f"source_{source.id}")
    st.subheader("Add a source", anchor=False)
    source_form.add(actor, key="new_source")


show()
