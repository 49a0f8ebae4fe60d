"""What people said of a reading, where others see it: the model's answer stays as it was."""

from collections.abc import Sequence

import streamlit as st

from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.correction import Correction
from arncnn.store.roles import may
from pages.ui import caches
from pages.ui.wording import plain, stated


def by_case(actor: Actor, cases: Sequence[Case]) -> dict[str, tuple[Correction, ...]]:
    """What people said of each case; nothing for who may not see it."""
    if not may(actor, "correction.read"):
        return {}
    return caches.store().corrections.by_case(actor, [case.id for case in cases])


def summary(said: Sequence[Correction]) -> str:
    """What people said in a few words, for a table; "" where nobody said anything."""
    approved = [each for each in said if each.state == "approved"]
    if approved:
        wrong = [each for each in approved if not each.is_right]
        return f"corrected: {_named(wrong)}" if wrong else "confirmed"
    waiting = [each for each in said if each.state == "pending"]
    if wrong := [each for each in waiting if not each.is_right]:
        return f"said to be {_named(wrong)}"
    return "said to be right" if waiting else ""


def show(actor: Actor, case: Case, answer: str | None) -> None:
    """Draws that people say otherwise than the screen; nothing where they do not."""
    said = by_case(actor, [case]).get(case.id, ())
    others = [each for each in said if each.state != "rejected" and each.label != answer]
    if not others:
        return
    decided = [each for each in others if each.state == "approved"]
    sentence = f"Corrected to {plain(_named(others))}, not decided yet."
    if decided:
        sentence = (
            f"Corrected: it shows {plain(_named(decided))}. The model's answer above stays "
            "as it was read."
        )
    st.warning(sentence, icon=":material/rate_review:")


def _named(said: Sequence[Correction]) -> str:
    return " or ".join(dict.fromkeys(stated(each.answer) for each in said))
