"""The files that a person has given and that are being read, batch after batch.

A page never waits for them: ``app.py`` carries on after the page has been drawn, and
whatever a person clicks comes first. Each batch is read and stored before the next, so
what is shown as done is on the disk; the first is one file, so that something is seen
soon. What is left when a page is refreshed or the dashboard restarted lies in the spool,
and the next page that is opened goes on with it.
"""

import time
from collections.abc import Sequence
from io import BytesIO
from typing import NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from arncnn.errors import ArncnnError
from arncnn.samples.catalogue import Sample
from arncnn.store import Actor, roles
from arncnn.uploads.spool import Given
from arncnn.uploads.upload import Upload
from pages.ui import caches, navigation, sign_in, state, workarounds
from pages.ui.wording import moment

_WATCH_S = 2.0  # how often a page asks whether what another one reads has been left
_REDRAW_S = 1.0  # how often the worklist shows what has been read meanwhile
_BATCH_S = 0.5  # a batch that takes longer is followed by a smaller one
_MOST_AT_ONCE = 32  # files in a batch
_READY_AFTER_S = 0.4  # the browser asks again once its first page is painted


def take(actor: Actor, given: Sequence[workarounds.UploadedFile]) -> Upload:
    """Copies an upload to the disk and frees the memory that it was received in.

    A click elsewhere may end this page's run at any call of Streamlit's. The memory is
    therefore freed only once the files are on the disk: until then the next run finds them.

    Raises:
        PermissionDenied: who may not read scans leaves none on the disk.
        IntakeError: the upload exceeds its quota. The memory is freed all the same.
    """
    try:
        upload = caches.cases().accept(actor, [Given(file, file.name, file.size) for file in given])
    except ArncnnError:
        workarounds.free_memory_of(given)
        raise
    workarounds.free_memory_of(given)
    return upload


def take_sample(actor: Actor, chosen: Sample) -> Upload:
    """Takes a sample the same way as an upload.

    Raises:
        PermissionDenied: as for an upload.
    """
    content = chosen.read()
    return caches.cases().accept(actor, [Given(BytesIO(content), chosen.title, len(content))])


def start(upload: Upload) -> None:
    """Reads this upload first; what was being read before goes on after it."""
    upload.claimed_by = workarounds.session()
    state.set_upload(upload)


def current(actor: Actor) -> Upload | None:
    """What is being read; else what waits from before a refresh or restart; else the last."""
    upload = state.upload()
    if (upload is None or not upload.is_working) and (waiting := _waiting(actor)) is not None:
        start(waiting)
        return waiting
    return upload


def carry_on(actor: Actor, slot: DeltaGenerator, page: st.Page) -> None:
    """Reads what is left, showing progress in ``slot``; without work, gets the model ready.

    Who may not read scans (any more) leaves the files waiting for when the role is back.
    """
    if not roles.may(actor, "case.add"):
        caches.cases().let_expire()
        get_model_ready()
        return
    shown = state.upload()
    # A single file's end stays on the screen while an older upload is gone on with.
    is_kept = shown is not None and shown.is_single and not shown.is_working
    upload = _waiting(actor) if is_kept else current(actor)
    if upload is None or not upload.is_working:
        caches.cases().let_expire()
        get_model_ready()
        if _is_any_left(actor):
            _watch()
        return
    upload.claimed_by = workarounds.session()
    is_on_worklist = navigation.is_at(page, navigation.WORKLIST)
    started, is_left, at_once = time.monotonic(), True, 1
    while is_left:
        done, began = len(upload.outcomes), time.monotonic()
        slot.progress(upload.part_done, text=f"Reading file {done + 1} of {len(upload.items)}")
        # Asked for every batch: once the sign-in is over, the rest waits for the next one.
        is_left = caches.cases().read_next(sign_in.watching(), upload, most=at_once)
        is_quick = time.monotonic() - began < _BATCH_S
        at_once = min(_MOST_AT_ONCE, 2 * at_once) if is_quick else max(1, at_once // 2)
        if is_on_worklist and (done == 0 or time.monotonic() - started > _REDRAW_S):
            _redraw()
    slot.empty()
    is_on_first_page = navigation.is_at(page, navigation.UPLOAD) and not is_kept
    if is_on_first_page and upload.has_one_result:
        open_result(actor, upload)
    is_shown = is_on_worklist or is_on_first_page
    if not (is_shown and upload.is_single):  # its result says so itself
        st.toast(upload.account(), icon=":material/done_all:")
    if is_shown or _waiting(actor) is not None:
        _redraw()


def open_result(actor: Actor, upload: Upload) -> NoReturn:
    """Goes to the reading of a single file, with a notice where it was read before it was given."""
    state.set_upload(None)
    case = caches.store().cases.get(actor, upload.case_ids[0])
    if case.created_at < upload.given_at:
        state.leave_notice(
            f"This file was read before, on {moment(case.created_at)}. That reading is shown here."
        )
    state.show_case(case.id)
    st.switch_page(navigation.PROBABILITIES.script)


def get_model_ready() -> None:
    """Gets the model ready when the browser, its page painted, asks for it."""
    if not caches.cases().is_ready:
        _load_model()


@st.fragment(run_every=_READY_AFTER_S)
def _load_model() -> None:
    if state.asked_for_model():
        caches.cases().get_ready()
        _redraw()


@st.fragment(run_every=_WATCH_S)
def _watch() -> None:
    """Takes over what another page was reading once that page has been closed."""
    try:
        actor = sign_in.watching()
    except ArncnnError:
        return  # the store does not answer; the next look asks again
    if _waiting(actor) is not None or not _is_any_left(actor):
        _redraw()


def _redraw() -> None:
    state.keep_notice()
    st.rerun()


def _is_any_left(actor: Actor) -> bool:
    return any(caches.cases().spool.waiting(actor.owner))


def _waiting(actor: Actor) -> Upload | None:
    """The newest upload that waits and that no other open page is reading."""
    return next(filter(_is_free, caches.cases().spool.waiting(actor.owner)), None)


def _is_free(upload: Upload) -> bool:
    reader = upload.claimed_by
    return reader in (None, workarounds.session()) or not workarounds.is_open(reader)
