"""Retraining: what would be trained and where; then watch it, stop it, or try again."""

import streamlit as st

from arncnn.jobs import single
from pages.ui import caches, frame, sign_in
from pages.ui.operate import job_plan, job_progress
from pages.ui.shared import failures, job_picker


def show() -> None:
    """Draws the trainings there are, and the form for another."""
    actor, chosen = sign_in.actor(), None
    frame.open_page(
        "Retraining",
        "Train a candidate on the data set and the approved corrections; the model in "
        "service stays in use until another is promoted.",
    )
    with failures.shown():
        single.ensure_supervised(caches.store())
        chosen = job_picker.choose(actor, key="jobs")
        if chosen is not None:
            job_progress.show(actor, chosen, key="job")
    st.subheader("Train another" if chosen else "Train a candidate", anchor=False)
    job_plan.show(actor, key="plan")


show()
