"""Looking for a study in an archive: what is asked, what was found, what is being read of it."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from arncnn.formatting import counted
from arncnn.pacs import finding
from arncnn.store import Actor
from arncnn.store.roles import refusal
from arncnn.store.source import Source
from pages.ui import caches, frame, navigation, sign_in
from pages.ui.shared import buttons, failures

_MODALITIES = ("", "CT", "MR", "DX", "CR")
_EVERY_S = 1.5
_READ = ("read", "again", "skipped")


def choose(sources: Sequence[Source], *, key: str) -> Source:
    """Draws the choice of the archive."""
    known = {source.id: source for source in sources}
    chosen = st.selectbox("Archive", list(known), format_func=lambda i: known[i].name, key=key)
    return known[chosen]


def choose_study(actor: Actor, source: Source, *, key: str) -> finding.FoundStudy | None:
    """Draws the search and what it found; the study that is chosen, if any."""
    why_not = refusal(actor, "case.add")
    with st.form(f"{key}_form", border=True):
        left, right = st.columns(2)
        asked = finding.Asked(
            patient_id=left.text_input("Patient ID", key=f"{key}_patient"),
            accession_number=right.text_input("Accession number", key=f"{key}_accession"),
            day=left.date_input("Study date", None, date(1980, 1, 1), key=f"{key}_day"),
            modality=right.selectbox(
                "Modality", _MODALITIES, format_func=lambda m: m or "any", key=f"{key}_modality"
            ),
        )
        is_asked = st.form_submit_button(
            "Search", type="primary", key=f"{key}_search", **buttons.unless(why_not)
        )
    if why_not or not (is_asked or asked != finding.Asked()):
        return None
    found: Sequence[finding.FoundStudy] = ()
    with failures.shown():
        found = _studies(source, asked)
        if not found:
            frame.empty(
                "No study in this archive matches",
                "Check the spelling, or leave a field empty.",
                icon=":material/search_off:",
            )
    if not found:
        return None
    known = {study.uid: study for study in found}
    chosen = st.selectbox(
        "Studies found",
        list(known),
        format_func=lambda uid: _words(known[uid]),
        key=f"{key}_chosen",
    )
    return known[str(chosen)]


def show_series(actor: Actor, source: Source, study: finding.FoundStudy, *, key: str) -> None:
    """Draws the study's series, each with the button that has it read and how far that is."""
    with failures.shown():
        for series in _series(source, study.uid):
            _show_one(actor, source, study, series, key=f"{key}_{series.uid}")


def _show_one(
    actor: Actor,
    source: Source,
    study: finding.FoundStudy,
    series: finding.FoundSeries,
    *,
    key: str,
) -> None:
    with st.container(border=True, key=key):
        count = series.objects  # as the archive says it
        number = counted(int(count), "image") if count.isdecimal() else "images"
        said = [series.modality, series.description, number]
        st.text(f"{series.number or '–'}: " + ", ".join(word for word in said if word))
        if st.button("Read this series", key=f"{key}_read", icon=":material/play_arrow:"):
            with failures.shown(otherwise="Requested. The series is being fetched and read."):
                caches.store().sources.want(sign_in.acting(), source.id, study.uid, series.uid)
        _show_progress(series.uid)


@st.fragment(run_every=_EVERY_S)
def _show_progress(series_uid: str) -> None:
    states = caches.store().sources.series(sign_in.watching(), series_uid)
    total = sum(states.values())
    if not total:
        return
    done = sum(states.get(name, 0) for name in _READ)
    st.progress(done / total, f"{done} of {counted(total, 'image')} read")
    if states.get("parked"):
        st.warning(f"{states['parked']} need a person: see Sources.")
    if done:
        st.page_link(navigation.WORKLIST.script, label="See them in the worklist")


def _words(study: finding.FoundStudy) -> str:
    parts = (study.day, study.patient, study.patient_id, study.modalities, study.description)
    # Two studies may read alike, and the browser tells options apart by their words.
    return f"{', '.join(part for part in parts if part)} (…{study.uid[-8:]})"


def _studies(source: Source, asked: finding.Asked) -> Sequence[finding.FoundStudy]:
    with st.spinner("Searching…"):
        return finding.studies(source.settings, asked)


def _series(source: Source, study_uid: str) -> Sequence[finding.FoundSeries]:
    with st.spinner("Searching…"):
        return finding.series(source.settings, study_uid)
