"""One group of headers that disagree: scanner, stated and read, pictures, and the decision."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import streamlit as st

from arncnn.formatting import counted
from arncnn.labels import title
from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.headers import MOST, Decision, HeaderGroup, HeaderState
from arncnn.store.roles import may, refusal
from pages.ui import caches, navigation, sign_in, state
from pages.ui.shared import buttons, failures, page_numbers
from pages.ui.wording import percent, plain

_SHOWN = 12  # pictures of a group on a page
_RIGHT = "header.decide"
_BUTTONS: dict[Decision, tuple[str, str]] = {
    "confirmed": ("Confirm: pixels are right", ":material/done_all:"),
    "rejected": ("Reject: header is right", ":material/close:"),
}
_DONE = {
    "confirmed": "confirmed: their suggested values are in the list of this page.",
    "rejected": "rejected: their headers stay as they are.",
}


def show_export(actor: Actor, chosen: HeaderState, *, key: str) -> None:
    """Draws the download of the list in view."""
    headers, action = caches.store().headers, "case.export"
    written = sign_in.on_demand(
        lambda person: "".join(headers.csv(person, state=chosen)), action=action
    )
    name = f"headers-{chosen}.csv"
    why_not = refusal(actor, action)
    buttons.download("Suggested values as CSV", written, name, key=key, why_not=why_not)
    st.caption(
        "One line per case: what the header states, what was read, the suggested Body Part "
        "Examined with its SNOMED CT code (DICOM PS3.16, Annex L), and the file's SHA-256. "
        "It contains no patient or study identifier, since none is kept."
    )


def show(actor: Actor, group: HeaderGroup, chosen: HeaderState) -> None:
    """Draws the group with a page of its pictures and, for who may, the decision."""
    key = f"header_{_digest(str(part) for part in group.key)}_{chosen}"
    headers = caches.store().headers
    with st.container(border=True, key=key):
        st.markdown(f"#### {_scanner(group)}")
        read_as = title(group.label) if group.label else "no class"
        st.markdown(f"Header: **{_stated(group)}** → pixels: **{plain(read_as)}**")
        page = page_numbers.load(
            lambda offset: headers.cases(actor, group, state=chosen, offset=offset, limit=_SHOWN),
            lambda page: page.total,
            rows=_SHOWN,
            key=f"{key}_page",
        )
        if not page.cases:
            return
        st.caption(
            f"{counted(page.total, 'case')}, {group.series:,} series (a single file counts "
            f"as one). {_suggested(actor, page.cases[0])}"
        )
        left_out = _show_pictures(actor, page.cases, key=key)
        page_numbers.show(page.total, rows=_SHOWN, key=f"{key}_page")
        kept = [case.id for case in page.cases if case.id not in left_out]
        _show_decision(actor, kept, "shown", chosen, key=f"{key}_shown")
        if page.total > len(page.cases):
            with st.popover(f"All {page.total:,} of this group", key=f"{key}_all"):
                everything = headers.cases(actor, group, state=chosen, limit=MOST)
                ids = [case.id for case in everything.cases]
                more = "" if everything.total <= MOST else f" The first {MOST:,} at a time."
                st.markdown(
                    "Including those whose images you have not seen; what you left out "
                    f"above stays out.{more}"
                )
                rest = [each for each in ids if each not in left_out]
                _show_decision(actor, rest, "of this group", chosen, key=f"{key}_every")


def _show_pictures(actor: Actor, cases: Sequence[Case], *, key: str) -> frozenset[str]:
    """Draws the pictures; gives the cases that are to be left out of the decision."""
    left_out, may_decide = set(), may(actor, _RIGHT)
    with st.grid(6, min_column_width=120, gap="small"):
        for case in cases:
            with st.container(gap="xsmall", key=f"{key}_{case.id}"):
                sure = "" if case.maximum_probability is None else percent(case.maximum_probability)
                with failures.shown():
                    picture = caches.store().cases.thumbnail(actor, case)
                    alt = f"Case {case.id[:6]}, read as {title(case.label or '')}, {sure}"
                    st.image(picture, width="stretch", output_format="PNG", alt=alt)
                st.caption(f"`{case.id[:6]}` {sure}")
                if may_decide and st.checkbox("Leave out", key=f"{key}_{case.id}_out"):
                    left_out.add(case.id)
                if st.button("Open", type="tertiary", key=f"{key}_{case.id}_open"):
                    state.show_case(case.id)
                    st.switch_page(navigation.PROBABILITIES.script)
    return frozenset(left_out)


def _show_decision(
    actor: Actor, case_ids: Sequence[str], which: str, chosen: HeaderState, *, key: str
) -> None:
    """Draws the buttons; a press decides on these cases, whatever has come since."""
    why_not = refusal(actor, _RIGHT) or (None if case_ids else "All of them are left out.")
    with st.container(horizontal=True):
        for decision, (label, icon) in _BUTTONS.items():
            if decision == chosen:
                continue
            pressed = st.button(
                f"{label} ({len(case_ids):,} {which})",
                icon=icon,
                type="primary" if decision == "confirmed" else "secondary",
                key=f"{key}_{decision}_{_digest(case_ids)}",
                **buttons.unless(why_not),
            )
            if pressed:
                said = f"{counted(len(case_ids), 'case')} {_DONE[decision]}"
                with failures.shown(otherwise=said):
                    caches.store().headers.decide(actor, case_ids, decision)


def _scanner(group: HeaderGroup) -> str:
    """Manufacturer and model, as the header has them; of a station nothing is kept."""
    named = " ".join(filter(None, (group.manufacturer, group.scanner_model)))
    return plain(named) if named else "Scanner not stated"


def _stated(group: HeaderGroup) -> str:
    part = group.body_part or "no Body Part Examined, another entry names a part"
    return f"{plain(group.modality or 'no modality')}, {plain(part)}"


def _suggested(actor: Actor, case: Case) -> str:
    found = caches.store().headers.suggestion(actor, case.id)
    where = f"They disagree in {' and '.join(found.disagrees_in) or 'what was stated'}."
    if found.region is None:
        return f"{where} No Body Part Examined is suggested."
    code = f"{found.region.code}, SCT, “{found.region.meaning}”"
    return f"{where} Suggested Body Part Examined: `{found.region.body_part_examined}` ({code})."


def _digest(parts: Iterable[str]) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:12]
