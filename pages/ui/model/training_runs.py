"""Trainings by name: finished ones from their models, running ones from their jobs' events."""

from collections.abc import Collection, Iterable, Sequence

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.jobs.epochs import epochs
from arncnn.models.recipe import RECIPES
from arncnn.models.training_history import EpochRecord
from arncnn.store import Actor
from arncnn.store.job import Job, State
from pages.ui import caches, state
from pages.ui.shared import job_picker, model_picker, stored_results

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
            bundle = stored_results.open_model(folder)
            runs[name] = History(
                stored_results.history(bundle.identity.sha256, bundle),
                is_randomised=bundle.metadata.recipe.augment,
            )
        except ArncnnError as error:
            st.warning(f"{name}: {error}", icon=":material/warning:")
    return runs


def running(actor: Actor) -> dict[str, History]:
    """The epochs so far of every job that trains now."""
    jobs = caches.store().jobs
    return {
        f"{job_picker.describe(job)} {job.id[:6]}, training now": History(
            epochs(jobs.events(actor, job.id, limit=_EVENTS)), is_randomised=_is_randomised(job)
        )
        for job in jobs.list(actor, state=State.RUNNING).jobs
    }


def choose(
    actor: Actor, running: Collection[str], finished: Collection[str], *, key: str
) -> list[str]:
    """Draws the picker of trainings and gives the names of the chosen ones.

    A training that ends while it is looked at loses its name, which would leave nothing
    chosen: the newest takes its place. Who chose nothing keeps nothing.
    """
    names = [*running, *finished]
    chosen = state.chosen_names(key)
    if chosen is None:
        state.choose_names(key, names[:1])
    elif chosen and not set(chosen).intersection(names):
        state.choose_names(key, [names[0] if running else _newest(actor, names)])
    return st.multiselect("Trainings", names, key=key)


def _newest(actor: Actor, names: Sequence[str]) -> str:
    """The model that was registered last, else the first of the names."""
    by_folder = {folder: name for name, folder in model_picker.folders(actor).items()}
    registered = (by_folder.get(str(model.folder)) for model in caches.store().models.list(actor))
    return next((name for name in registered if name is not None and name in names), names[0])


def _is_randomised(job: Job) -> bool:
    recipe = RECIPES.get(job.spec.get("recipe", ""))  # a comparison has none of its own
    return recipe is not None and recipe.augment
