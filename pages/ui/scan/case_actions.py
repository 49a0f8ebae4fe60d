"""What can be done with the worklist: open a case, take the list away, delete a case or series."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import streamlit as st

from arncnn.store import Actor
from arncnn.store.case import Case
from arncnn.store.roles import refusal
from arncnn.store.series import Line
from arncnn.store.worklist import CaseFilter
from pages.ui import caches, navigation, sign_in, state
from pages.ui.shared import buttons, failures

_CHOOSE = "Tick a line of the list first."


def show(
    actor: Actor, where: CaseFilter, case: Case | None, line: Line | None, *, is_slice: bool
) -> None:
    """Draws the buttons; those that this person or choice has no use for are switched off.

    Args:
        actor: who is at the screen.
        where: what the worklist shows.
        case: the chosen case, or None.
        line: the line of the worklist that it was chosen from.
        is_slice: whether a slice of the line's series was ticked, and not the series alone.
    """
    choose_first = _CHOOSE if case is None else None
    for entry in (navigation.PROBABILITIES, navigation.EXPLANATIONS):
        label, key = f"Open {entry.title.lower()}", f"open_{entry.title}"
        is_pressed = st.button(label, icon=entry.icon, key=key, **buttons.unless(choose_first))
        if is_pressed and case is not None:  # it may have gone while the press came in
            st.switch_page(entry.script)
    _show_exports(actor, where)
    why_not = refusal(actor, "case.delete") or choose_first
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
        "This deletes the picture, the file it came in and what was said of it from this "
        "machine. That it was there, and who deleted it, stays in the audit."
    )
    if is_slice or not line.is_series:
        label = f"Delete this {'slice' if line.is_series else 'case'}, {case.id[:6]}"
        if st.button(label, key=f"delete_{case.id}"):
            _delete(actor, (case.id,), f"Case {case.id[:6]} was deleted.")
    if line.is_series:
        ids = caches.store().series.case_ids(actor, line)
        label = f"Delete all {len(ids):,} slices of the series"
        hidden = "Also those that a filter hides."
        if st.button(label, help=hidden, key=f"delete_{line.key}"):
            _delete(actor, ids, f"A series of {len(ids):,} slices was deleted.")


def _delete(actor: Actor, case_ids: Sequence[str], notice: str) -> None:
    with failures.shown(otherwise=notice):
        with st.spinner("Deleting…"):
            caches.delete(actor, case_ids)
        if state.case_id() in case_ids:
            state.show_case(None)
