"""How far a batch is, with a way to stop it; afterwards, what became of it."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.shared import failures

if TYPE_CHECKING:
    from arncnn.uploads.upload import Upload


def show(work: "Upload | None", *, key: str) -> None:
    """Draws the progress, or the account of every file once done; nothing without a batch."""
    if work is None:
        return
    done, total = len(work.outcomes), len(work.items)
    if work.is_working:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(work.part_done, text=f"Read {done} of {total} files")
            if st.button("Cancel", icon=":material/close:", key=f"{key}_cancel"):
                work.cancel()
                st.rerun()
        st.caption(
            "The files are on this machine: reading goes on after a refresh or a restart, and "
            "what nobody reads within a day is removed."
        )
    elif not work.is_single:
        st.markdown(f"**{work.account()}**")
    failures.show(work)
