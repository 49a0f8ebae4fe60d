"""The files that a person has given and that are being read, one after another.

A page never waits for them: ``app.py`` carries on after the page has been drawn, and
whatever a person clicks comes first. Each file is read and stored before the next, so
what is shown as done is on the disk. What is left when a page is refreshed or the
dashboard restarted lies in the spool, and the next page that is opened goes on with it.
"""

import time

import streamlit as st
from streamlit import runtime
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from arncnn.errors import ArncnnError, IntakeError, ModelError
from arncnn.store import Actor
from arncnn.uploads.upload import Upload
from pages.ui import navigation, resources, sign_in, state

_WATCH_S = 2.0  # how often a page asks whether what another one reads has been left
_REDRAW_S = 1.0  # how often the worklist shows what has been read meanwhile


def start(work: Upload) -> None:
    """Reads this upload first; what was being read before goes on after it."""
    work.claimed_by = _session()
    state.set_batch(work)


def current(actor: Actor) -> Upload | None:
    """What is being read; else what waits from before a refresh or restart; else the last."""
    work = state.batch()
    if (work is None or not work.is_working) and (waiting := _waiting(actor)) is not None:
        start(waiting)
        return waiting
    return work


def carry_on(actor: Actor, slot: DeltaGenerator, page: st.Page) -> None:
    """Reads what is left, showing progress in ``slot``; without work, gets the model ready."""
    shown = state.batch()
    # A single file's end stays on the screen while an older upload is gone on with.
    is_kept = shown is not None and shown.is_single and not shown.is_working
    work = _waiting(actor) if is_kept else current(actor)
    if work is None or not work.is_working:
        resources.let_expire()
        resources.warm_up_once_painted()
        if any(resources.spool().waiting(actor.name)):
            _watch()
        return
    work.claimed_by = _session()
    is_on_worklist = navigation.is_at(page, navigation.WORKLIST)
    started = time.monotonic()
    is_left = True
    while is_left:
        done = len(work.outcomes)
        slot.progress(work.part_done, text=f"Reading file {done + 1} of {len(work.items)}")
        # Asked for every file: once the sign-in is over, the rest waits for the next one.
        is_left = _read_next(sign_in.watching(), work)
        if is_on_worklist and (done == 0 or time.monotonic() - started > _REDRAW_S):
            _redraw()
    slot.empty()
    is_shown = is_on_worklist or navigation.is_at(page, navigation.UPLOAD)
    if not (is_shown and work.is_single):  # its result says so itself
        st.toast(work.account(), icon=":material/done_all:")
    if is_shown or _waiting(actor) is not None:
        _redraw()


def _redraw() -> None:
    state.keep_notice()
    st.rerun()


def _waiting(actor: Actor) -> Upload | None:
    """The newest upload that waits and that no other open page is reading."""
    return next(filter(_is_free, resources.spool().waiting(actor.name)), None)


def _is_free(work: Upload) -> bool:
    if work.claimed_by in (None, _session()) or not runtime.exists():
        return True
    return not runtime.get_instance().is_active_session(work.claimed_by)


def _session() -> str | None:
    context = get_script_run_ctx()
    return context.session_id if context else None


@st.fragment(run_every=_WATCH_S)
def _watch() -> None:
    """Takes over what another page was reading once that page has been closed."""
    try:
        actor = sign_in.watching()
    except ArncnnError:
        return  # the store does not answer; the next look asks again
    if _waiting(actor) is not None or not any(resources.spool().waiting(actor.name)):
        _redraw()


def read_now(actor: Actor, work: Upload) -> str:
    """Reads an upload of a single file without waiting for its turn; gives the case's id.

    Raises:
        ArncnnError: it cannot be read, or the case cannot be stored.
    """
    _read_next(actor, work)
    outcome = work.outcomes[0]
    if outcome.case_id is None:
        raise IntakeError("unread", outcome.sentence or "")
    return outcome.case_id


def _read_next(actor: Actor, work: Upload) -> bool:
    """Reads and stores the next file; a bad file is an outcome like any other.

    Returns:
        Whether files are left.

    Raises:
        ModelError: no model can be used; the files go on waiting.
    """
    with work.lock:  # another page of the same person may be reading the same upload
        if not work.is_working:
            return False
        try:
            case_id = resources.read(actor, work.next_item)
        except ModelError:
            raise
        except ArncnnError as error:
            work.record(None, str(error))
        else:
            work.record(case_id, None)
        return work.is_working
