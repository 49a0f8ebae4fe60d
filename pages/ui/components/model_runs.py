"""Trainings by name: finished ones from their models, running ones from their jobs' events."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.jobs.epochs import epochs
from arncnn.store import Actor
from arncnn.store.job import State
from arncnn.training.history import EpochRecord
from pages.ui import resources
from pages.ui.components import job_picker, model_picker, model_stored

_EVENTS = 5000  # of one job; an epoch sends a few hundred

History = list[EpochRecord]


def finished(actor: Actor) -> dict[str, History]:
    """The stored history of every model; one that cannot be read says so and is left out."""
    runs = {}
    for name, folder in model_picker.folders(actor).items():
        try:
            bundle = model_stored.open_model(folder)
            runs[name] = model_stored.history(bundle.identity.sha256, bundle)
        except ArncnnError as error:
            st.warning(f"{name}: {error}", icon=":material/warning:")
    return runs


def running(actor: Actor) -> dict[str, History]:
    """The epochs so far of every job that trains now."""
    jobs = resources.store().jobs
    return {
        f"{job_picker.what(job)} {job.id[:6]}, training now": epochs(
            jobs.events(actor, job.id, limit=_EVENTS)
        )
        for job in jobs.list(actor, state=State.RUNNING).jobs
    }
