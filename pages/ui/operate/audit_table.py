"""The audit's filter, table, export and proof."""

from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.formatting import counted
from arncnn.store import Actor
from arncnn.store.audit import AuditFilter, AuditPage
from arncnn.store.roles import refusal
from arncnn.store.verify import verify
from pages.ui import caches, frame, sign_in
from pages.ui.wording import moment

_FIELD = 165  # px: two fit a phone, five a desktop


def choose(*, key: str) -> AuditFilter:
    """Draws the filter and gives it."""
    with st.container(horizontal=True, gap="medium"):
        person = st.text_input("Who", key=f"{key}_actor", placeholder="anybody", width=_FIELD)
        action = st.text_input(
            "What", key=f"{key}_action", placeholder="e.g. model.promote", width=_FIELD
        )
        subject = st.text_input(
            "About", key=f"{key}_subject", placeholder="e.g. jobs:1f0c", width=_FIELD
        )
        since = st.date_input("From", value=None, key=f"{key}_since", width=_FIELD)
        until = st.date_input("To", value=None, key=f"{key}_until", width=_FIELD)
    end = until + timedelta(days=1) if until else None
    return AuditFilter(
        actor=person or None,
        action=action or None,
        subject=subject or None,
        since=_start_of(since),
        until=_start_of(end),
    )


def empty(where: AuditFilter) -> None:
    """Draws why there is no line."""
    if where == AuditFilter():
        frame.empty(
            "Nothing has been done yet",
            "Reading, correcting, training, promoting and deleting each leave a line here.",
            icon=":material/fact_check:",
        )
    else:
        frame.empty("No line fits", "Clear a field to see more.", icon=":material/filter_alt_off:")


def table(page: AuditPage, *, key: str) -> None:
    """Draws the lines, newest first."""
    st.dataframe(
        [
            {
                "No.": entry.number,
                "When": moment(entry.at),
                "Who": entry.actor,
                "What": entry.action,
                "About": entry.subject,
                "Facts": ", ".join(_fact(*item) for item in entry.detail.items()),
                "Hash": entry.hash[:12],
            }
            for entry in page.entries
        ],
        hide_index=True,
        key=f"{key}_table",
        alt=f"Audit: {counted(page.total, 'line')}, newest first",
    )


def export(actor: Actor, where: AuditFilter, *, key: str) -> None:
    """Draws the download of all lines that fit."""
    why_not = refusal(actor, "audit.read")
    audit = caches.store().audit
    st.download_button(
        "Export CSV",
        sign_in.on_demand(lambda person: "".join(audit.csv(person, where)), action="audit.read"),
        file_name="audit.csv",
        mime="text/csv",
        icon=":material/table:",
        disabled=why_not is not None,
        help=why_not,
        on_click="ignore",
        key=f"{key}_csv",
    )


def verification(actor: Actor, *, key: str) -> None:
    """Draws the proof of chain, rows and kept files, when asked for."""
    why_not = refusal(actor, "store.verify")
    is_asked = st.button(
        "Verify the chain",
        icon=":material/verified:",
        disabled=why_not is not None,
        help=why_not,
        key=f"{key}_verify",
    )
    if not is_asked:
        return
    try:
        with st.spinner("Comparing every record with its seal…"):
            found = verify(caches.store(), actor)
    except ArncnnError as error:
        frame.failed(str(error))
        return
    if found.is_intact:
        st.success(
            f"The chain verifies: {counted(found.entries, 'line')}, "
            f"{counted(found.rows, 'record')}, {counted(found.files, 'file')}. "
            f"Last hash {found.head[:16]}…",
            icon=":material/verified:",
        )
    else:
        frame.failed(" ".join(found.problems[:5]) + " Restore a backup.")


def _fact(name: str, value: object) -> str:
    """A detail as it reads; of a sum its beginning, the export has it whole."""
    text = ("no", "yes")[value] if isinstance(value, bool) else str(value)
    if name.endswith("_sha256"):
        name, text = name.removesuffix("_sha256"), f"{text[:12]}…"
    return f"{name.replace('_', ' ')} {text}"


def _start_of(day: date | None) -> float | None:
    return None if day is None else datetime.combine(day, time(), UTC).timestamp()
