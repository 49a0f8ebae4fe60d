"""Find in PACS: a study is looked for in an archive, and a series of it is read."""

import streamlit as st

from pages.ui import caches, frame, navigation, sign_in
from pages.ui.scan import archive_search


def show() -> None:
    """Draws the search, what it found, and the progress of what is read."""
    actor = sign_in.actor()
    frame.open_page("Find in PACS", "Find a study in an archive, and have one of its series read.")
    sources = [
        each
        for each in caches.store().sources.list(actor)
        if each.settings.url and not each.is_paused
    ]
    if not sources:
        frame.empty(
            "No archive can be searched",
            "An administrator can add one, with its DICOMweb address, on the page Sources.",
            icon=":material/search_off:",
            to=navigation.SOURCES,
        )
        return
    source = archive_search.choose(sources, key="archive")
    study = archive_search.choose_study(actor, source, key="study")
    if study is not None:
        st.subheader("Series of images", anchor=False)
        archive_search.show_series(actor, source, study, key="series")


show()
