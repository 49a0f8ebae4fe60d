"""Read a scan: the first page. Give a file, or try a sample."""

import streamlit as st

from arncnn.store.roles import refusal
from pages.ui import frame, sign_in, state, tour, upload_queue
from pages.ui.scan import samples_gallery, upload_form
from pages.ui.shared import upload_progress

_STEPS = (
    "Upload a scan: DICOM, NIfTI, PNG, JPEG, TIFF or BMP, one file or many in a ZIP.",
    "See which kind of scan it is, how sure the model is, and what the header says.",
    "See why: the evidence on the image, class by class.",
)


def show() -> None:
    """Draws the page in the state that the session's files are in."""
    frame.open_page("Read a scan", "What does this scan show, how sure is the model, and why?")
    actor = sign_in.actor()
    upload = state.upload() or upload_queue.current(actor)
    if upload is not None and upload.is_working and upload.is_single:
        _working()
        return
    if upload is not None and upload.has_one_result:
        upload_queue.open_result(actor, upload)
    if upload is not None and upload.is_working:
        upload_progress.show(upload, key="upload_progress")
    elif upload is not None:
        upload_progress.show_failures(upload)
    if why_not := refusal(actor, "case.add"):
        st.info(why_not, icon=":material/lock:")
        return
    upload_form.show(actor)
    tour.offer(actor)
    st.html('<ol class="arn-steps">' + "".join(f"<li>{step}</li>" for step in _STEPS) + "</ol>")
    chosen = samples_gallery.choose(key="samples")
    if chosen is not None:
        upload_queue.start(upload_queue.take_sample(actor, chosen))
        st.rerun()


def _working() -> None:
    st.markdown(":material/hourglass_top: **Reading the scan…**")
    st.skeleton(height=220)


show()
