"""Files given on the first page: taken from the browser, and queued to be read."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.intake.limits import MAX_UPLOAD_BYTES
from arncnn.store import Actor
from pages.ui import navigation, server, sign_in, state, upload_queue


def show(actor: Actor) -> None:
    """Draws the box for files, and takes what is put into it."""
    may_add = sign_in.on_demand(lambda person: person.name, action="case.add")
    server.allow_uploads(may_add, limit_bytes=MAX_UPLOAD_BYTES)
    given = st.file_uploader(
        "Drop scans here, or choose them with Upload",
        accept_multiple_files=True,
        key=state.uploader_key(),
        help="Files stay on this machine. The file type is detected from the content, not "
        "from the name.",
    )
    if not given:
        return
    try:
        upload = upload_queue.take(actor, given)
    except ArncnnError as error:
        state.leave_notice(str(error))
        state.empty_uploader()
        st.rerun()
    state.empty_uploader()
    upload_queue.start(upload)
    if upload.is_single:
        st.rerun()
    st.switch_page(navigation.WORKLIST.script)
