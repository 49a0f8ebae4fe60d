"""Saying whether a reading is right: for the pages that show one."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.labels import title
from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.corrections import NOTE_LENGTH, NOTE_WARNING
from arncnn.store.roles import refusal
from pages.ui import caches, frame
from pages.ui.shared import failures
from pages.ui.wording import stated

_RIGHT, _NONE, _OTHER = "right", "none", "other"


def show(
    actor: Actor, case: Case, labels: tuple[str, ...], *, answer: str | None, key: str
) -> None:
    """Draws what this person said of the case, and the form to say it.

    Args:
        actor: who is at the screen; without the clinician's role nothing can be said.
        case: the case in view.
        labels: the classes that can be named.
        answer: what stands on the screen; another model's answer than the case's is not what
            is called right.
        key: of the form; the case is added to it.
    """
    key = f"{key}_{case.id}"
    try:
        said = caches.store().corrections.of_case(actor, case.id).corrections
    except ArncnnError as error:
        frame.failed(str(error))
        return
    own = next((correction for correction in said if correction.author == actor.name), None)
    said_at = f"{own.id}_{own.created_at}" if own else "new"
    key = f"{key}_{said_at}"  # so that what was said closes the form
    if own is not None:
        st.caption(
            f"You said: {stated(own.answer)} ({own.state}). Saying something new replaces it."
        )
    if why_not := refusal(actor, "correction.add"):
        st.caption(f"To say whether this is right: {why_not[0].lower()}{why_not[1:]}")
        return
    with st.popover("Is this right?", icon=":material/rate_review:", key=f"{key}_popover"):
        _form(actor, case, labels, is_shown=answer == case.label, key=key)


def _form(actor: Actor, case: Case, labels: tuple[str, ...], *, is_shown: bool, key: str) -> None:
    options = [*([_RIGHT] if case.label else []), *(k for k in labels if k != case.label)]
    read_as = title(case.label) if case.label else ""
    names = {
        _RIGHT: f"Right: {read_as}" if is_shown else f"{read_as}, as {case.model_id} read it",
        _NONE: "None of these kinds: it should be refused",
        _OTHER: "Another kind of scan (name it below)",
    }
    with st.form(f"{key}_form", border=False):
        answer = st.radio(
            "What does the scan show?",
            [*options, _NONE, _OTHER],
            format_func=lambda option: names.get(option) or title(option),
            index=None,
            key=f"{key}_answer",
        )
        other = st.text_input(
            "Name of the other kind", max_chars=40, placeholder="Knee", key=f"{key}_other"
        )
        note = st.text_area("Note", max_chars=NOTE_LENGTH, key=f"{key}_note")
        st.caption(NOTE_WARNING)
        objection = st.container()  # above the button, where a phone still shows it
        is_sent = st.form_submit_button("Send", type="primary", key=f"{key}_send")
    if not is_sent:
        return
    if answer is None or (answer == _OTHER and not other.strip()):
        with objection:
            frame.failed("Choose what the scan shows first.")
        return
    label = {_RIGHT: None, _NONE: None, _OTHER: other.strip()}.get(answer, answer)
    who = "Decide on the page Corrections" if actor.is_local else "A second person decides"
    notice = f"Noted. {who} whether it is trained on."
    with objection, failures.shown(otherwise=notice):
        caches.store().corrections.submit(
            actor, case.id, label=label, is_none_of_these=answer == _NONE, note=note
        )
