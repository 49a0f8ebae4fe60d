"""What can be done with the worklist: open a case, take the list away, delete a case or series."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import streamlit as st

from arncnn.formatting import counted
from arncnn.labels import title
from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.case_filter import CaseFilter
from arncnn.store.roles import refusal
from arncnn.store.series import Line
from pages.ui import caches, navigation, sign_in, state
from pages.ui.shared import buttons, failures

_CHOOSE = "Tick one row of the list first."
_TICK = "Tick rows of the list first."


def show_opening(case: Case | None) -> None:
    """Draws the buttons that open the one ticked case."""
    why_not = _CHOOSE if case is None else None
    for entry in (navigation.PROBABILITIES, navigation.EXPLANATIONS):
        label, key = f"Open {entry.title.lower()}", f"open_{entry.title}"
        is_pressed = st.button(label, icon=entry.icon, key=key, **buttons.unless(why_not))
        if is_pressed and case is not None:  # it may have gone while the press came in
            st.switch_page(entry.script)


def show_saying(actor: Actor, where: CaseFilter, ticked: Sequence[Line | Case]) -> None:
    """Draws what says of all ticked cases at once that they are right, or what they show.

    Of a ticked series all slices count that the filters let through.
    """
    why_not = refusal(actor, "correction.add") or (None if ticked else _TICK)
    if st.button(
        "Confirm", icon=":material/check:", key="confirm_ticked", **buttons.unless(why_not)
    ):
        _say(actor, _behind(actor, ticked, where))
    with st.popover(
        "Correct", icon=":material/rate_review:", key="correct_popover", **buttons.unless(why_not)
    ):
        if why_not is None:
            cases = _behind(actor, ticked, where)
            st.markdown(f"Class of {counted(len(cases), 'ticked case')}:")
            for label in caches.cases().bundle().labels:
                if st.button(title(label), key=f"correct_to_{label}"):
                    _say(actor, cases, label=label)
            if st.button("None of these", key="correct_to_none"):
                _say(actor, cases, is_none_of_these=True)


def _behind(actor: Actor, ticked: Sequence[Line | Case], where: CaseFilter) -> tuple[str, ...]:
    found: list[str] = []
    for each in ticked:
        is_series = isinstance(each, Line) and each.is_series
        if isinstance(each, Line) and is_series:
            found += (case.id for case in caches.store().series.cases(actor, each, where))
        else:
            found.append(each.case.id if isinstance(each, Line) else each.id)
    return tuple(found)


def _say(
    actor: Actor, cases: Sequence[str], *, label: str | None = None, is_none_of_these: bool = False
) -> None:
    what = "as they were read" if label is None else f"as {title(label)}"
    what = "as none of these" if is_none_of_these else what
    notice = (
        f"Recorded for {counted(len(cases), 'case')}, {what}. The decision is made on Corrections."
    )
    with failures.shown(otherwise=notice):
        caches.store().corrections.submit_all(
            actor, cases, label=label, is_none_of_these=is_none_of_these
        )
        state.set_all_ticked("cases", ())


def show(
    actor: Actor, where: CaseFilter, case: Case | None, line: Line | None, *, is_slice: bool
) -> None:
    """Draws what takes away and deletes; what this person or choice has no use for is off.

    Args:
        actor: who is at the screen.
        where: what the worklist shows.
        case: the chosen case, or None.
        line: the line of the worklist that it was chosen from.
        is_slice: whether a slice of the line's series was ticked, and not the series alone.
    """
    _show_exports(actor, where)
    why_not = refusal(actor, "case.delete") or (_CHOOSE if case is None else None)
    with st.popover(
        "Delete", icon=":material/delete:", key="delete_popover", **buttons.unless(why_not)
    ):
        if case is not None and line is not None:
            _show_deletion(actor, case, line, is_slice=is_slice)


def _show_exports(actor: Actor, where: CaseFilter) -> None:
    """A file is only made, and noted in the audit, when it is asked for."""
    action, cases = "case.export", caches.store().cases
    for kind, write in (("csv", cases.csv), ("json", cases.json)):
        buttons.download(
            f"Export {kind.upper()}",
            sign_in.on_demand(partial(_written, write, where), action=action),
            f"worklist.{kind}",
            key=f"export_{kind}",
            why_not=refusal(actor, action),
        )


def _written(
    write: Callable[[Actor, CaseFilter], Iterable[str]], where: CaseFilter, person: Actor
) -> str:
    return "".join(write(person, where))


def _show_deletion(actor: Actor, case: Case, line: Line, *, is_slice: bool) -> None:
    """Asks once more; of what is deleted an audit line a case stays."""
    st.markdown(
        "This deletes the image, its file and what was said about it from this machine. "
        "The audit keeps a record of it and of who deleted it."
    )
    if is_slice or not line.is_series:
        label = f"Delete this {'slice' if line.is_series else 'case'}, {case.id[:6]}"
        if st.button(label, key=f"delete_{case.id}"):
            _delete(actor, (case.id,), f"Case {case.id[:6]} was deleted.")
    if line.is_series:
        ids = caches.store().series.case_ids(actor, line)
        label = f"Delete all {len(ids):,} slices of the series"
        hidden = "Including those that a filter hides."
        if st.button(label, help=hidden, key=f"delete_{line.key}"):
            _delete(actor, ids, f"A series of {counted(len(ids), 'slice')} was deleted.")


def _delete(actor: Actor, case_ids: Sequence[str], notice: str) -> None:
    with failures.shown(otherwise=notice):
        with st.spinner("Deleting…"):
            caches.delete(actor, case_ids)
        if state.case_id() in case_ids:
            state.show_case(None)
