"""One source: how it stands, the test of its connection, its settings, and what is parked."""

import streamlit as st

from arncnn.formatting import counted
from arncnn.pacs import checking
from arncnn.pacs.running import is_at_work
from arncnn.store import Actor
from arncnn.store.roles import refusal
from arncnn.store.source import Answer, Queue, Source
from pages.ui import caches, sign_in
from pages.ui.operate import source_form
from pages.ui.shared import buttons, failures, tables
from pages.ui.wording import moment, plain

_WAYS = {"in": "Scan", "out": "Answer"}
_ANSWERS = {
    Answer.NONE: "no answers",
    Answer.STOW: "answers by STOW-RS",
    Answer.C_STORE: "answers by C-STORE",
}


def show_process(*, has_sources: bool) -> None:
    """Says whether the process that takes scans in is at work on this machine."""
    if is_at_work():
        st.success("The process that receives scans is running.", icon=":material/sync:")
    elif has_sources:
        st.warning(
            "No scans are received now: start `python -m arncnn pacs work` on this machine "
            "and keep it running. Until then, what archives send stays with them.",
            icon=":material/sync_disabled:",
        )


def show(actor: Actor, source: Source, queue: Queue, *, key: str) -> None:
    """Draws the source in a box of its own."""
    with st.container(border=True, key=key):
        st.markdown(f"#### {plain(source.name)}" + (" (paused)" if source.is_paused else ""))
        st.caption(_described(source))
        if queue.trouble:
            st.error(queue.trouble, icon=":material/error:")
        last = "never" if queue.last_arrival is None else moment(queue.last_arrival)
        figures = (
            ("Waiting", str(queue.waiting), "Objects to be read; slices wait for their series."),
            ("Read", str(queue.read), "Objects read, or belonging to a series that was."),
            (
                "Skipped",
                str(queue.skipped),
                "Reports, our own answers, and objects received again.",
            ),
            ("To answer", str(queue.answers), "Answers on their way."),
            (
                "Answered",
                str(queue.sent),
                "Answers that the archive holds, checked by reading them back.",
            ),
            ("Parked", str(queue.parked), "Items that need a person."),
        )
        tables.show_tiles(figures, columns=6, width=110)
        st.caption(f"Last arrival: {last}")
        _show_actions(actor, source, queue, key=key)
        if queue.parked:
            _show_parked(actor, source, key=key)
        with st.expander("Settings", icon=":material/tune:"):
            source_form.change(actor, source, key=f"{key}_form")


def _described(source: Source) -> str:
    settings = source.settings
    parts = [settings.url, settings.ae_title and f"{settings.ae_title} at {settings.host}"]
    return ", ".join([*(part for part in parts if part), _ANSWERS[settings.answer]])


def _show_actions(actor: Actor, source: Source, queue: Queue, *, key: str) -> None:
    may_not = refusal(actor, "source.manage")
    store = caches.store().sources
    with st.container(horizontal=True):
        is_tested = st.button("Test the connection", key=f"{key}_test", icon=":material/lan:")
        label, icon = ("Resume", "play_arrow") if source.is_paused else ("Pause", "pause")
        if st.button(
            label, key=f"{key}_pause", icon=f":material/{icon}:", **buttons.unless(may_not)
        ):
            done = "Resumed." if source.is_paused else "Paused: nothing is received or sent."
            with failures.shown(otherwise=f"{source.name}: {done}"):
                store.pause(sign_in.acting(), source.id, is_paused=not source.is_paused)
        why_not = refusal(actor, "source.retry") or (None if queue.parked else "Nothing is parked.")
        if st.button(
            "Try again", key=f"{key}_again", icon=":material/replay:", **buttons.unless(why_not)
        ):
            with failures.shown(otherwise=f"{source.name}: parked items are tried again."):
                store.try_again(sign_in.acting(), source.id)
    if is_tested:
        with st.spinner("Asking…"):
            for each in checking.check(source.settings):
                draw = st.success if each.is_well else st.error
                draw(f"{each.way}: {each.sentence}")


def _show_parked(actor: Actor, source: Source, *, key: str) -> None:
    rows = [
        {"What": _WAYS[row.way], "Since": moment(row.at), "Why": row.sentence}
        for row in caches.store().sources.parked(actor, source.id)
    ]
    columns = {"Why": st.column_config.TextColumn(width="large")}
    tables.show(rows, f"Parked: {counted(len(rows), 'row')}", key=f"{key}_rows", columns=columns)
