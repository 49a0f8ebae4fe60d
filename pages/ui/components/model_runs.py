"""Trainings by name: finished ones from their models, running ones from their jobs' events."""

from collections.abc import Iterable

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.jobs.epochs import epochs
from arncnn.store import Actor
from arncnn.store.job import Job, State
from arncnn.training.history import EpochRecord
from arncnn.training.recipe import RECIPES
from pages.ui import resources
from pages.ui.components import job_picker, model_picker, model_stored

_EVENTS = 5000  # of one job; an epoch sends a few hundred


class History(list[EpochRecord]):
    """The epochs of one training, and whether it shows randomised appearances."""

    def __init__(self, records: Iterable[EpochRecord], *, is_randomised: bool) -> None:
        super().__init__(records)
        self.is_randomised = is_randomised


def finished(actor: Actor) -> dict[str, History]:
    """The stored history of every model; one that cannot be read says so and is left out."""
    runs = {}
    for name, folder in model_picker.folders(actor).items():
        try:
            bundle = model_stored.open_model(folder)
            runs[name] = History(
                model_stored.history(bundle.identity.sha256, bundle),
                is_randomised=bundle.about["recipe"]["augment"],
            )
        except ArncnnError as error:
            st.warning(f"{name}: {error}", icon=":material/warning:")
    return runs


def running(actor: Actor) -> dict[str, History]:
    """The epochs so far of every job that trains now."""
    jobs = resources.store().jobs
    return {
        f"{job_picker.what(job)} {job.id[:6]}, training now": History(
            epochs(jobs.events(actor, job.id, limit=_EVENTS)), is_randomised=_is_randomised(job)
        )
        for job in jobs.list(actor, state=State.RUNNING).jobs
    }


def _is_randomised(job: Job) -> bool:
    recipe = RECIPES.get(job.spec.get("recipe", ""))  # a comparison has none of its own
    return recipe is not None and recipe.augment
