"""How far an upload is read, with a way to stop it; then what became of each of its files."""

from typing import TYPE_CHECKING

import streamlit as st

from arncnn.formatting import counted
from pages.ui import frame
from pages.ui.shared import tables
from pages.ui.wording import plain

if TYPE_CHECKING:
    from arncnn.uploads.upload import Upload


def show(upload: "Upload | None", *, key: str) -> None:
    """Draws the progress, or the account of every file once done; nothing without an upload."""
    if upload is None:
        return
    done, total = len(upload.outcomes), len(upload.items)
    if upload.is_working:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(upload.part_done, text=f"Read {done} of {counted(total, 'file')}")
            if st.button("Cancel", icon=":material/close:", key=f"{key}_cancel"):
                upload.cancel()
                st.rerun()
        st.caption(
            "The files are on this machine: reading continues after a refresh or a "
            "restart, and files not read within a day are removed."
        )
    elif not upload.is_single:
        st.markdown(f"**{upload.account()}**")
    show_failures(upload)


def show_failures(upload: "Upload") -> None:
    """Draws why files could not be read: a message for a single one, else a list."""
    failed = upload.failures
    if not failed:
        return
    if upload.is_single:
        frame.failed(f"{plain(failed[0].name)} could not be read. {failed[0].sentence}")
        return
    label = f"{len(failed)} of {counted(len(upload.items), 'file')} could not be read"
    with st.expander(label, icon=":material/error:", key="failures"):
        rows = [{"File": file.name, "Why": file.sentence} for file in failed]
        tables.show(rows, f"{label}: names and reasons", key="failures_table")
