"""What all sessions share: the store, the cases that lie open with their model, small pictures."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from arncnn.cases.service import CaseService
from arncnn.errors import StoreError
from arncnn.figures import picture
from arncnn.jobs import single
from arncnn.store import Actor, Store, outside_anchor
from arncnn.store.case import Case
from pages.ui import workarounds

if TYPE_CHECKING:
    from arncnn.samples.catalogue import Sample

_ICON_EDGE = 64  # px


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The case store, opened once a process; trainings left over from before go on."""
    workarounds.keep_caches()
    opened = Store.open()
    with suppress(StoreError):  # `verify` tells of an anchor that cannot be written
        outside_anchor.note(opened)
    single.ensure_supervised(opened)
    return opened


@st.cache_resource(show_spinner=False)
def cases() -> CaseService:
    """What reads files into cases and opens them again."""
    return CaseService(store(), loading=workarounds.loading_model)


def delete(actor: Actor, case_ids: Sequence[str]) -> None:
    """Deletes cases from the store and from memory, all of them or none.

    Raises:
        ArncnnError: one does not exist, or may not be deleted.
    """
    cases().delete(actor, case_ids)
    _icon.clear()


def icon(actor: Actor, case: Case) -> bytes:
    """A case's thumbnail, small enough for a table."""
    return _icon(case.thumbnail_sha256, actor, case)


@st.cache_data(show_spinner=False, max_entries=2000)
def _icon(thumbnail_sha256: str, _actor: Actor, _case: Case) -> bytes:
    return picture.shrink_png(store().cases.thumbnail(_actor, _case), _ICON_EDGE)


def data_samples() -> "tuple[Sample, ...]":
    """Test images to try, where the data set has been fetched to this machine."""
    return _data_samples(cases().bundle().identity.sha256)


@st.cache_resource(show_spinner=False, max_entries=1)
def _data_samples(model_sha256: str) -> "tuple[Sample, ...]":
    from arncnn.samples.data_set import data_samples as found

    return found(cases().bundle())
