"""Trainings by name: finished ones from their models, running ones from their jobs' events."""

from dataclasses import fields

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.store import Actor
from arncnn.store.job import Job, State
from arncnn.training.history import EpochRecord
from pages.ui import resources
from pages.ui.components import model_picker, model_stored

_EVENTS = 5000  # of one job; an epoch sends a few hundred
_COLUMNS = {column.name for column in fields(EpochRecord)}

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
    jobs = resources.store().jobs.list(actor, state=State.RUNNING).jobs
    return {f"{_name(job)}, training now": _epochs(actor, job) for job in jobs}


def _name(job: Job) -> str:
    return f"{job.spec.get('recipe', job.kind)} {job.id[:6]}"


def _epochs(actor: Actor, job: Job) -> History:
    """Epochs by number; a later attempt's epoch stands for the one it repeats."""
    records: dict[int, EpochRecord] = {}
    for event in resources.store().jobs.events(actor, job.id, limit=_EVENTS):
        if event.kind == "epoch":
            values = {name: event.payload[name] for name in _COLUMNS & set(event.payload)}
            values["event"] = event.payload.get("control", "")
            records[int(values["epoch"])] = EpochRecord(**values)
    return [records[epoch] for epoch in sorted(records)]
