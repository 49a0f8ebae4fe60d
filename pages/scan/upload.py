"""Read a scan: the first page. Give a file, or try a sample."""

from typing import TYPE_CHECKING

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.intake.limits import MAX_UPLOAD_BYTES
from arncnn.store import Actor
from arncnn.store.roles import refusal
from pages.ui import caches, frame, navigation, server, sign_in, state, tour, upload_queue
from pages.ui.scan import samples_gallery
from pages.ui.shared import upload_progress
from pages.ui.wording import moment

if TYPE_CHECKING:
    from arncnn.uploads.upload import Upload

_STEPS = (
    "Give a scan: DICOM, NIfTI, PNG, JPEG, TIFF or BMP, alone or many in a ZIP.",
    "See which of six kinds of scan it is, how sure the model is, and what the header says.",
    "See why: the evidence on the picture, class by class.",
)


def show() -> None:
    """Draws the page in the state that the session's files are in."""
    frame.open_page("Read a scan", "What does this scan show, how sure is the model, and why?")
    actor = sign_in.actor()
    upload = state.upload() or upload_queue.current(actor)
    if upload is not None and upload.is_working and upload.is_single:
        _working()
        return
    if upload is not None and upload.is_single and upload.case_ids:
        state.set_upload(None)
        _say_if_read_before(actor, upload)
        state.show_case(upload.case_ids[0])
        st.switch_page(navigation.PROBABILITIES.script)
    if upload is not None and upload.is_working:
        upload_progress.show(upload, key="upload_progress")
    elif upload is not None:
        upload_progress.show_failures(upload)
    if why_not := refusal(actor, "case.add"):
        st.info(why_not, icon=":material/lock:")
        return
    _upload(actor)
    tour.offer(actor)
    st.html('<ol class="arn-steps">' + "".join(f"<li>{step}</li>" for step in _STEPS) + "</ol>")
    chosen = samples_gallery.choose(key="samples")
    if chosen is not None:
        upload_queue.start(upload_queue.take_sample(actor, chosen))
        st.rerun()


def _say_if_read_before(actor: Actor, upload: "Upload") -> None:
    case = caches.store().cases.get(actor, upload.case_ids[0])
    if case.created_at < upload.given_at:
        state.leave_notice(
            f"This file was read before, on {moment(case.created_at)}. That reading is shown here."
        )


def _working() -> None:
    st.markdown(":material/hourglass_top: **Reading the scan…**")
    st.skeleton(height=220)


def _upload(actor: Actor) -> None:
    may_add = sign_in.on_demand(lambda person: person.name, action="case.add")
    server.allow_uploads(may_add, limit_bytes=MAX_UPLOAD_BYTES)
    given = st.file_uploader(
        "Drop scans here, or choose them with Upload",
        accept_multiple_files=True,
        key=state.uploader_key(),
        help="Files stay on this machine. The kind is found from the content, not from the name.",
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


show()
