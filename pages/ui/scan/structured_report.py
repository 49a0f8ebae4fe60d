"""The reading as a DICOM Structured Report, made from the original file at the moment of export."""

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.errors import ReportError
from arncnn.reports.structured_report import structured_report
from pages.ui import frame


def show(opened: OpenCase, *, key: str) -> None:
    """Draws the button that asks for the original file, or why no such report can be made."""
    if opened.reading.kind != "dicom":
        st.button(
            "DICOM report (SR)",
            icon=":material/clinical_notes:",
            disabled=True,
            help="Only a DICOM file has the identifiers that such a report needs; this scan came "
            "as another kind of file.",
            key=f"{key}_none",
        )
        return
    with st.popover("DICOM report (SR)", icon=":material/clinical_notes:", key=key):
        st.markdown(
            "A structured report carries the patient's identifiers. They are not kept here, so "
            "give the original file once more. It is compared with the scan that was read, and "
            "not kept."
        )
        given = st.file_uploader("The original DICOM file", key=f"{key}_file_{opened.case.id}")
        if given is None:
            return
        try:
            report = structured_report(opened.reading, given.getvalue())
        except ReportError as error:
            frame.failed(str(error))
            return
        st.download_button(
            "Download the report",
            report,
            file_name=f"case-{opened.case.id}-sr.dcm",
            mime="application/dicom",
            icon=":material/download:",
            type="primary",
            on_click="ignore",
            key=f"{key}_download",
        )
