"""One case in the queue of corrections: the scan, the reading, who said what, the decision."""

from collections.abc import Sequence

import streamlit as st

from arncnn.figures import picture
from arncnn.formatting import counted
from arncnn.labels import title
from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.correction import CaseCorrections, Correction
from arncnn.store.corrections import PROPOSED_WEIGHT
from arncnn.store.roles import may
from pages.ui import caches, navigation, state
from pages.ui.shared import failures, viewer
from pages.ui.wording import moment, person, plain, stated

_PICTURE = 420  # px: all of a phone, and enough to decide by; full screen shows it larger
_SIGNS = {"pending": "○ to decide", "approved": "● approved", "rejected": "✗ rejected"}


def show(actor: Actor, on_case: CaseCorrections, *, key: str) -> None:
    """Draws the case and, for who may decide, the decision."""
    case = on_case.case
    with st.container(border=True, key=key), st.container(horizontal=True, gap="medium"):
        with st.container(width=_PICTURE):
            _show_picture(actor, case, key=key)
        with st.container(width="stretch"):
            read_as = title(case.label) if case.label else "refused, no class"
            st.markdown(f"**Read as {read_as}** by `{case.model_id}`, {moment(case.created_at)}")
            if on_case.is_agreed is not None:
                st.markdown(_agreement(on_case))
            for correction in on_case.corrections:
                # A changed word is another one: a press on the old one decides nothing.
                _show_word(actor, correction, key=f"{key}_{correction.id}_{correction.created_at}")
            for review in on_case.reviews:
                reason = f": {plain(review.reason)}" if review.reason else ""
                st.caption(
                    f"{person(review.reviewer)} {review.decision} it, "
                    f"{moment(review.created_at)}{reason}"
                )


def approve_shown(actor: Actor, shown: Sequence[CaseCorrections]) -> None:
    """Offers to approve all that waits on the page, but for what people disagree on."""
    waiting = [
        correction
        for on_case in shown
        if on_case.is_agreed is not False
        for correction in on_case.corrections
        if correction.state == "pending" and _may_decide(actor, correction)
    ]
    if len(waiting) < 2:
        return
    words = hash(tuple((each.id, each.created_at) for each in waiting))
    label = f"Approve all {len(waiting)} shown"
    with st.popover(label, icon=":material/done_all:", key="approve_shown"):
        st.markdown(
            f"Each counts as {PROPOSED_WEIGHT:g} ordinary images in training. Corrections that "
            "people disagree on are left for you to decide one by one."
        )
        reason = st.text_input("Reason (no patient data)", max_chars=500, key="approve_reason")
        label = f"Approve {counted(len(waiting), 'correction')}"
        if st.button(label, type="primary", key=f"approve_now_{words}"):
            with failures.shown(
                otherwise=f"Approved: {counted(len(waiting), 'example')} for the next training."
            ):
                for each in waiting:
                    _decide(actor, each, True, reason=reason, weight=PROPOSED_WEIGHT)


def _may_decide(actor: Actor, correction: Correction) -> bool:
    is_own = correction.author == actor.name and not actor.is_local
    return may(actor, "correction.review") and not is_own


def _show_picture(actor: Actor, case: Case, *, key: str) -> None:
    with failures.shown():
        shown = caches.store().cases.pixels(actor, case.id).display
        alt = f"The scan of case {case.id[:6]} as it was read"
        png = picture.png(picture.fit(shown))
        viewer.show(
            case,
            lambda: st.image(png, width="stretch", output_format="PNG", alt=alt),
            alt=alt,
            key=f"{key}_scan",
            height=_PICTURE,
            is_one_of_many=True,
        )
    if st.button("Open the reading", type="tertiary", key=f"{key}_open"):
        state.show_case(case.id)
        st.switch_page(navigation.PROBABILITIES.script)


def _agreement(on_case: CaseCorrections) -> str:
    counts = ", ".join(f"{stated(said)} ({people})" for said, people in on_case.counts)
    sign = "✓ People agree" if on_case.is_agreed else "✗ People disagree"
    return f"{sign}: {counts}"


def _show_word(actor: Actor, correction: Correction, *, key: str) -> None:
    verdict = "right" if correction.is_right else "wrong"
    if not correction.is_right or correction.is_none_of_these:
        verdict += f", it is {stated(correction.answer)}"
    note = f" “{plain(correction.note)}”" if correction.note else ""
    st.markdown(f"{person(correction.author)}: {verdict}.{note} {_SIGNS[correction.state]}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if _may_decide(actor, correction):
            _show_decision(actor, correction, key=key)
        is_own = correction.author == actor.name and correction.state == "pending"
        if is_own and st.button("Withdraw", type="tertiary", key=f"{key}_withdraw"):
            with failures.shown(otherwise="Your correction was withdrawn."):
                caches.store().corrections.withdraw(actor, correction.id)


def _show_decision(actor: Actor, correction: Correction, *, key: str) -> None:
    with st.popover("Decide", icon=":material/gavel:", key=f"{key}_decide"):
        weight = st.number_input(
            "Counts in training as this many ordinary images",
            min_value=0.1,
            max_value=100.0,
            value=correction.weight if correction.state == "approved" else PROPOSED_WEIGHT,
            format="%g",
            key=f"{key}_weight",
        )
        reason = st.text_input("Reason (no patient data)", max_chars=500, key=f"{key}_reason")
        with st.container(horizontal=True):
            if st.button("Approve", type="primary", key=f"{key}_Approve"):
                with failures.shown(otherwise="Approved: it is an example for the next training."):
                    _decide(actor, correction, True, reason=reason, weight=weight)
            if st.button("Reject", key=f"{key}_Reject"):
                with failures.shown(otherwise="Rejected."):
                    _decide(actor, correction, False, reason=reason, weight=weight)


def _decide(
    actor: Actor, correction: Correction, approve: bool, *, reason: str, weight: float
) -> Correction:
    """Decides on the word that was seen; one that was changed since is refused."""
    return caches.store().corrections.review(
        actor,
        correction.id,
        approve=approve,
        reason=reason,
        weight=weight,
        said_at=correction.created_at,
    )
