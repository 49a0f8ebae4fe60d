"""The settings of a source, to be entered or changed. Secrets are named, never given."""

import streamlit as st

from arncnn.store import Actor
from arncnn.store.roles import refusal
from arncnn.store.source import Answer, Source, SourceSettings
from pages.ui import caches, sign_in
from pages.ui.shared import buttons, failures

_ANSWERS = {
    Answer.NONE: "None",
    Answer.STOW: "Structured report by STOW-RS",
    Answer.C_STORE: "Structured report by C-STORE",
}


def add(actor: Actor, *, key: str) -> None:
    """Draws the form for a new source."""
    why_not = refusal(actor, "source.manage")
    with st.form(key, border=True):
        name = st.text_input("Name", key=f"{key}_name", placeholder="Radiology archive")
        settings = _fields(SourceSettings(), key=key)
        is_asked = st.form_submit_button(
            "Add", type="primary", key=f"{key}_add", **buttons.unless(why_not)
        )
    if is_asked:
        with failures.shown(otherwise="Added. Test the connection next."):
            caches.store().sources.add(sign_in.acting(), name, settings)


def change(actor: Actor, source: Source, *, key: str) -> None:
    """Draws the form for a source's settings."""
    why_not = refusal(actor, "source.manage")
    with st.form(key, border=False):
        settings = _fields(source.settings, key=key)
        is_asked = st.form_submit_button("Save", key=f"{key}_save", **buttons.unless(why_not))
    if is_asked:
        with failures.shown(otherwise=f"Saved. {source.name} uses these settings from now on."):
            caches.store().sources.change(sign_in.acting(), source.id, settings)


def _fields(known: SourceSettings, *, key: str) -> SourceSettings:
    web, dicom = st.columns(2)
    with web:
        url = st.text_input(
            "DICOMweb address",
            known.url,
            key=f"{key}_url",
            placeholder="https://pacs.example/dicom-web",
        )
        orthanc_url = st.text_input(
            "Orthanc's own address, if the archive is Orthanc",
            known.orthanc_url,
            key=f"{key}_orthanc",
            help="Its list of changes is followed, so new scans arrive within seconds.",
        )
        credential = st.text_input(
            "Where user name and password are kept",
            known.credential,
            key=f"{key}_credential",
            placeholder="env:ARCHIVE_LOGIN or file:/etc/arncnn/archive",
            help="The name of an environment variable or of a file that holds user:password or a "
            "token, where `pacs work` runs. The secret itself is never entered here.",
        )
        is_followed = st.toggle(
            "Read everything stored there",
            known.is_followed,
            key=f"{key}_followed",
            help="Off: only what is requested on the page Find in PACS.",
        )
    with dicom:
        ae_title = st.text_input("Its AE title", known.ae_title, key=f"{key}_ae", max_chars=16)
        host = st.text_input("Its address", known.host, key=f"{key}_host")
        port = st.number_input("Its DICOM port", 0, 65535, known.port, key=f"{key}_port")
        viewer = st.text_input(
            "A study in the viewer",
            known.viewer,
            key=f"{key}_viewer",
            placeholder="https://pacs.example/viewer?StudyInstanceUIDs={study}",
        )
    answer = st.selectbox(
        "Answers",
        list(Answer),
        list(Answer).index(known.answer),
        format_func=_ANSWERS.__getitem__,
        key=f"{key}_answer",
    )
    has_capture = st.toggle(
        "Also an image with the verdict, for viewers that do not show reports",
        known.has_capture,
        key=f"{key}_capture",
    )
    wait, count = st.columns(2)
    quiet_s = wait.number_input(
        "Seconds without a new slice before a CT or MR series is read",
        1.0,
        86399.0,
        known.quiet_s,
        format="%g",
        key=f"{key}_quiet",
    )
    slices = count.number_input("Slices read per series", 1, 50, known.slices, key=f"{key}_slices")
    return SourceSettings(
        url=url.strip(),
        orthanc_url=orthanc_url.strip(),
        credential=credential.strip(),
        is_followed=is_followed,
        ae_title=ae_title.strip(),
        host=host.strip(),
        port=int(port),
        answer=answer or Answer.NONE,
        has_capture=has_capture,
        quiet_s=float(quiet_s),
        slices=int(slices),
        viewer=viewer.strip(),
    )
