"""The files of a batch that could not be read, each with its reason."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import frame
from pages.ui.wording import plain

if TYPE_CHECKING:
    from arncnn.uploads.upload import Upload


def show(work: "Upload") -> None:
    """Draws one message for a single file, else a list; nothing without failures."""
    failed = work.failures
    if not failed:
        return
    if work.is_single:
        frame.failed(f"{plain(failed[0].name)} could not be read. {failed[0].sentence}")
        return
    label = f"{len(failed)} of {len(work.items)} files could not be read"
    with st.expander(label, icon=":material/error:", key="failures"):
        st.dataframe(
            {"File": [f.name for f in failed], "Why": [f.sentence for f in failed]},
            hide_index=True,
            alt=f"{label}: names and reasons",
        )
