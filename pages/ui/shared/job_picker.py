"""Which training is in view: the one chosen or just queued, else what runs, else the newest."""

import streamlit as st

from arncnn.jobs.plan import COMPARISON
from arncnn.store import Actor
from arncnn.store.job import Job, State
from pages.ui import caches, state
from pages.ui.wording import moment

_OFFERED = 50


def choose(actor: Actor, *, key: str) -> str | None:
    """Draws the picker and gives the id of the training in view; None when there is none."""
    jobs = {job.id: job for job in caches.store().jobs.list(actor, limit=_OFFERED).jobs}
    if not jobs:
        return None
    running = [job.id for job in jobs.values() if job.state is State.RUNNING]
    queued = state.take_queued_job()
    if queued is not None and queued in jobs:
        state.choose(key, queued)
    elif state.chosen(key) not in jobs:
        state.choose(key, running[0] if running else next(iter(jobs)))
    return st.selectbox(
        "Training",
        list(jobs),
        format_func=lambda identity: _name(jobs[identity]),
        key=key,
    )


def describe(job: Job) -> str:
    """What a job does, in a word or two."""
    return "compare again" if job.kind == COMPARISON else job.spec.get("recipe", job.kind)


def _name(job: Job) -> str:
    """A job by what cannot change: the browser keeps showing the name as it was chosen."""
    return f"{describe(job)} · {moment(job.created_at)} · {job.id[:6]}"
