"""One training: its state, live while it runs, with what a person can do about it."""

from datetime import timedelta

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.figures import style, training_curve
from arncnn.jobs import remaining, single
from arncnn.jobs.epochs import epochs
from arncnn.jobs.plan import duration
from arncnn.store import Actor
from arncnn.store.job import Job, State, Stop
from arncnn.store.roles import refusal
from pages.ui import caches, frame, navigation, sign_in
from pages.ui.shared import job_picker
from pages.ui.wording import moment

_EVERY = timedelta(seconds=0.5)
_FIGURE = 150  # px: two fit a phone, four a tablet
_LOG_LINES = 12
_MOST_EVENTS = 2000
_STATES = {
    State.QUEUED: ":material/schedule: Waiting",
    State.RUNNING: ":material/progress_activity: Running",
    State.SUCCEEDED: ":material/check_circle: Succeeded",
    State.FAILED: ":material/error: Failed",
    State.CANCELLED: ":material/cancel: Cancelled",
}


def show(actor: Actor, job_id: str, *, key: str) -> None:
    """Draws a training; one that has not ended is drawn anew twice a second."""
    job = caches.store().jobs.get(actor, job_id)
    if job.is_final:
        _draw(actor, job, key=key)
    else:
        with st.container(key=f"{key}_live"):
            _live(job_id, key)


@st.fragment(run_every=_EVERY)
def _live(job_id: str, key: str) -> None:
    store = caches.store()
    try:
        actor = sign_in.watching()
        single.ensure_supervised(store)  # whatever ended the last one
        job = store.jobs.get(actor, job_id)
        if job.is_final:
            st.rerun()  # the whole page, without this fragment: the polling ends
        _draw(actor, job, key=key)
    except ArncnnError as error:
        frame.failed(str(error))


def _draw(actor: Actor, job: Job, *, key: str) -> None:
    st.markdown(f"**{_STATES[job.state]}** · {job_picker.what(job)} · `{job.id}`")
    if job.state is State.QUEUED:
        st.caption(f"Waits for a device ({job.wanted_device}).")
    if job.state is State.RUNNING:
        _running(job)
    if job.state is State.CANCELLED:
        st.caption("It made no candidate. Retry goes on from the last epoch that was kept.")
    if job.error:
        frame.failed(job.error)
    if job.result:
        passes = job.result.get("passes_gate")
        st.success(
            f"The candidate {job.result['model_id']} is in the registry"
            + ("." if passes is None else " and passes the gate." if passes
               else "; the gate does not let it pass."),
            icon=":material/inventory_2:",
        )  # fmt: skip
        st.page_link(navigation.MODELS.script, label="See the models", icon=navigation.MODELS.icon)
    _buttons(actor, job, key=key)
    _curve(actor, job, key=key)
    _log(actor, job, key=key)


def _running(job: Job) -> None:
    seen = remaining.of_job(job)
    if job.stop_flag is Stop.KEEP_BEST:
        st.caption("Will stop once there is a best to keep, after an epoch at the earliest.")
    st.progress(seen.share, text=seen.sentence)
    progress, left = job.progress, seen.left_s
    speed = progress.get("images_per_second")
    figures = {
        "Epoch": f"{seen.epoch} of {seen.epochs}" if seen.epochs else "–",
        "Step": f"{progress['step']} of {progress['steps']}" if "step" in progress else "–",
        "Images a second": f"{speed:,.0f}" if speed else "–",
        "Time left": "–" if left is None else f"about {duration(left)}",
    }
    with st.container(horizontal=True, key=f"figures_{job.id}"):
        for name, figure in figures.items():
            st.metric(name, figure, width=_FIGURE)
    st.caption(
        f"On {job.device}, attempt {job.attempt}, since {moment(job.started_at or job.created_at)}."
    )


def _buttons(actor: Actor, job: Job, *, key: str) -> None:
    jobs = caches.store().jobs
    actions = {}
    if job.state is State.RUNNING:
        actions["Stop and keep the best"] = (
            "job.stop", ":material/stop_circle:",
            lambda person: jobs.stop(person, job.id, Stop.KEEP_BEST),
        )  # fmt: skip
    if not job.is_final:
        actions["Cancel"] = (
            "job.stop", ":material/cancel:", lambda person: jobs.stop(person, job.id, Stop.CANCEL),
        )  # fmt: skip
    if job.state in (State.FAILED, State.CANCELLED):
        actions["Retry"] = (
            "job.retry",
            ":material/replay:",
            lambda person: jobs.retry(person, job.id),
        )
    with st.container(horizontal=True, key=f"{key}_actions_{job.id}"):
        for label, (action, icon, do) in actions.items():
            why_not = refusal(actor, action)
            if st.button(
                label,
                icon=icon,
                disabled=why_not is not None,
                help=why_not,
                key=f"{key}_{label}_{job.id}",
            ):
                try:
                    do(sign_in.acting())
                except ArncnnError as error:
                    frame.failed(str(error))
                else:
                    st.rerun()


def _curve(actor: Actor, job: Job, *, key: str) -> None:
    records = epochs(caches.store().jobs.events(actor, job.id, limit=_MOST_EVENTS))
    if not records:
        return
    runs = {"this training": records}
    st.plotly_chart(
        training_curve.figure(runs),
        config=style.CONFIG,
        key=f"{key}_curve_{job.id}",
        alt=training_curve.alt_text(runs),
    )


def _log(actor: Actor, job: Job, *, key: str) -> None:
    events = caches.store().jobs.events(actor, job.id, limit=_MOST_EVENTS)
    with st.expander("Log", key=f"{key}_log_{job.id}"):
        lines = []
        for event in events[-_LOG_LINES:]:
            said = {name: value for name, value in event.payload.items() if value not in ("", None)}
            detail = ", ".join(f"{name} {_short(value)}" for name, value in said.items())
            lines.append(f"{moment(event.at)}  attempt {event.attempt}  {event.kind}  {detail}")
        st.code("\n".join(lines) or "Nothing yet.", language=None, wrap_lines=True)


def _short(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
