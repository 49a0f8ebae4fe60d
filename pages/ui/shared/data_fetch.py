"""The button that brings the data set's pictures, for who may start trainings."""

import streamlit as st

from arncnn import data
from arncnn.store import Actor
from arncnn.store.roles import check, refusal
from pages.ui.shared import buttons, failures, missing_pictures, stored_results

_RIGHT = "job.submit"  # a training fetches the data, too
_LABELS = {"remote": "Fetch the data set (about 60 MB)", "unread": "Import the data set"}


def offer(actor: Actor, *, key: str) -> None:
    """Says why there are no pictures and, where a button can mend that, draws it."""
    st.info(missing_pictures.sentence(), icon=":material/image_not_supported:")
    label = _LABELS.get(data.availability())
    if label is None:
        return
    why_not = refusal(actor, _RIGHT)
    if st.button(label, icon=":material/download:", key=key, **buttons.unless(why_not)):
        with failures.shown(otherwise="The data set is on this machine now."):
            check(actor, _RIGHT)
            _fetch()


def _fetch() -> None:
    """Fetches and reads in; who leaves the page stops it, and the next press goes on from there."""
    bar = st.progress(0.0, "Starting. Stay on this page until it is done.")

    def show(stage: str, done: int, total: int | None) -> None:
        share = done / total if total else 0.0
        bar.progress(min(share, 1.0), f"{stage.capitalize()}, {done:,} of {total or 0:,}")

    data.load(progress=show)
    stored_results.dataset.clear()
