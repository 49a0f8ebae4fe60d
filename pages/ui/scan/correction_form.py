"""Saying whether a reading is right: one press for the usual answers, a form for the others."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.labels import title
from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.correction import Correction
from arncnn.store.corrections import NOTE_LENGTH, NOTE_WARNING
from arncnn.store.roles import refusal
from pages.ui import caches, frame
from pages.ui.shared import failures
from pages.ui.wording import stated

_RIGHT, _NONE, _OTHER = "right", "none", "other"


def show(
    actor: Actor, case: Case, labels: tuple[str, ...], *, answer: str | None, key: str
) -> None:
    """Draws what this person said of the case, and the buttons to say it.

    Args:
        actor: who is at the screen; without the clinician's role nothing can be said.
        case: the case in view.
        labels: the classes that can be named.
        answer: what the model in service says; another model's than the case's is not what is
            called right.
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
        _show_own(actor, own, key=f"{key}_withdraw")
    if why_not := refusal(actor, "correction.add"):
        st.caption(f"To confirm or correct this reading: {why_not[0].lower()}{why_not[1:]}")
        return
    options = [label for label in labels if label != case.label]
    is_shown = answer == case.label
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown("**Is this right?**", width="content")
        pressed = _pressed(_right(case, is_shown=is_shown), key=key)
        with st.popover("Something else", icon=":material/rate_review:", key=f"{key}_popover"):
            _form(actor, case, options, is_shown=is_shown, key=key)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown("No, it is", width="content")
        pressed += _pressed(_wrong(case, options), key=key)
    for option in pressed:
        _say(actor, case, option)


def _show_own(actor: Actor, own: Correction, *, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(
            f"You said: {stated(own.answer)} ({own.state}). A new answer replaces it.",
            width="content",
        )
        may_withdraw = refusal(actor, "correction.withdraw") is None
        if may_withdraw and st.button("Withdraw it", type="tertiary", key=key):
            with failures.shown(otherwise="Withdrawn: you have no correction of this case now."):
                caches.store().corrections.withdraw(actor, own.id)


def _right(case: Case, *, is_shown: bool) -> dict[str, str]:
    if case.label is None:
        return {_RIGHT: "Yes, right: none of these"}
    return {_RIGHT: "Yes, right" if is_shown else f"Yes, {title(case.label)}, as recorded"}


def _wrong(case: Case, options: list[str]) -> dict[str, str]:
    named = {option: title(option) for option in options}
    return named | ({_NONE: "None of these"} if case.label else {})


def _pressed(offered: dict[str, str], *, key: str) -> list[str]:
    """Draws answers that take one press; gives the one that was pressed."""
    return [
        option
        for option, label in offered.items()
        if st.button(
            label, icon=":material/check:" if option == _RIGHT else None, key=f"{key}_{option}"
        )
    ]


def _say(actor: Actor, case: Case, option: str) -> None:
    """Keeps what a press said."""
    is_none = option == _NONE or (option == _RIGHT and case.label is None)
    label = None if option in (_RIGHT, _NONE) else option
    with failures.shown(otherwise=_noted(actor)):
        caches.store().corrections.submit(actor, case.id, label=label, is_none_of_these=is_none)


def _noted(actor: Actor) -> str:
    who = "Decide on the page Corrections" if actor.is_local else "A second person decides"
    return f"Saved. {who} whether it is used in training."


def _form(actor: Actor, case: Case, labels: list[str], *, is_shown: bool, key: str) -> None:
    options = [*([_RIGHT] if case.label else []), *labels]
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
    with objection, failures.shown(otherwise=_noted(actor)):
        caches.store().corrections.submit(
            actor, case.id, label=label, is_none_of_these=answer == _NONE, note=note
        )
