"""The audit's filter, table, export and proof."""

from datetime import date, datetime, time, timedelta

import streamlit as st

from arncnn.formatting import counted
from arncnn.store import Actor
from arncnn.store.audit import AuditFilter, AuditPage
from arncnn.store.roles import refusal
from arncnn.store.verify import verify
from pages.ui import caches, frame, sign_in
from pages.ui.operate import audit_words
from pages.ui.shared import buttons, failures, tables
from pages.ui.wording import moment, zone

_FIELD = 165  # px: two fit a phone, five a desktop
_ACTION = 220  # px: of what was done, whole in all but the longest


def choose(*, key: str) -> AuditFilter:
    """Draws the filter and gives it."""
    with st.container(horizontal=True, gap="medium"):
        person = st.text_input("Who", key=f"{key}_actor", placeholder="anybody", width=_FIELD)
        action = st.text_input(
            "What", key=f"{key}_action", placeholder="e.g. Promoted a model", width=_FIELD
        )
        subject = st.text_input(
            "About", key=f"{key}_subject", placeholder="e.g. jobs:1f0c", width=_FIELD
        )
        since = st.date_input("From", value=None, key=f"{key}_since", width=_FIELD)
        until = st.date_input("To", value=None, key=f"{key}_until", width=_FIELD)
    end = until + timedelta(days=1) if until else None
    return AuditFilter(
        actor=person or None,
        action=audit_words.machines(action) if action else None,
        subject=subject or None,
        since=_start_of(since),
        until=_start_of(end),
    )


def show_empty(where: AuditFilter) -> None:
    """Draws why there is no line."""
    if where == AuditFilter():
        frame.empty(
            "Nothing has been recorded yet",
            "Reading, correcting, training, promoting and deleting each leave a line here.",
            icon=":material/fact_check:",
        )
    else:
        frame.empty(
            "No line matches", "Clear a field to see more.", icon=":material/filter_alt_off:"
        )


def show(page: AuditPage, *, key: str) -> None:
    """Draws the lines, newest first."""
    rows = [
        {
            "No.": entry.number,
            "When": moment(entry.at),
            "Who": entry.actor,
            "What": audit_words.action(entry.action),
            "About": audit_words.subject(entry.subject),
            "Facts": ", ".join(_fact(*item) for item in entry.detail.items()),
            "Recorded as": entry.action,
            "Record": entry.subject,
            "Hash": entry.hash[:12],
        }
        for entry in page.entries
    ]
    alt = f"Audit: {counted(page.total, 'line')}, newest first"
    whole = {"What": st.column_config.TextColumn(width=_ACTION)}
    tables.show(rows, alt, key=f"{key}_table", columns=whole)


def show_export(actor: Actor, where: AuditFilter, *, key: str) -> None:
    """Draws the download of all lines that fit."""
    action, audit = "audit.read", caches.store().audit
    written = sign_in.on_demand(lambda person: "".join(audit.csv(person, where)), action=action)
    why_not = refusal(actor, action)
    buttons.download("Export CSV", written, "audit.csv", key=f"{key}_csv", why_not=why_not)


def show_verification(actor: Actor, *, key: str) -> None:
    """Draws the proof of chain, rows and kept files, when asked for."""
    off, icon = buttons.unless(refusal(actor, "store.verify")), ":material/verified:"
    if not st.button("Verify the chain", icon=icon, key=f"{key}_verify", **off):
        return
    with failures.shown():
        with st.spinner("Comparing every record with its seal…"):
            found = verify(caches.store(), actor)
        if found.is_intact:
            st.success(
                f"The chain is intact: {counted(found.entries, 'line')}, "
                f"{counted(found.rows, 'record')}, {counted(found.files, 'file')}. Last "
                f"hash {found.head[:16]}…",
                icon=icon,
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
    return None if day is None else datetime.combine(day, time(), zone()).timestamp()
