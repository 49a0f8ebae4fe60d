"""One training: its state, live while it runs, with what a person can do about it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import streamlit as st

from arncnn.figures import training_curve
from arncnn.jobs import remaining, single
from arncnn.jobs.epochs import epochs
from arncnn.jobs.plan import duration
from arncnn.store import Actor
from arncnn.store.job import Job, JobEvent, State, Stop
from arncnn.store.roles import refusal
from pages.ui import caches, frame, navigation, sign_in
from pages.ui.shared import buttons, charts, failures, job_picker
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
_GATE = {None: ".", True: " and passes the gate.", False: "; the gate does not let it pass."}


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
    with failures.shown():
        actor, store = sign_in.watching(), caches.store()
        single.ensure_supervised(store)  # whatever ended the last one
        job = store.jobs.get(actor, job_id)
        if job.is_final:
            st.rerun()  # the whole page, without this fragment: the polling ends
        _draw(actor, job, key=key)


def _draw(actor: Actor, job: Job, *, key: str) -> None:
    st.markdown(f"**{_STATES[job.state]}** · {job_picker.describe(job)} · `{job.id}`")
    if job.state is State.QUEUED:
        st.caption(f"Waiting for a device ({job.wanted_device}).")
    if job.state is State.RUNNING:
        _show_running(job)
    if job.state is State.CANCELLED:
        st.caption("No candidate was made. Retry continues from the last epoch that was kept.")
    if job.error:
        frame.failed(job.error)
    if job.result:
        gate = _GATE[job.result.get("passes_gate")]
        icon = navigation.MODELS.icon
        st.success(f"The candidate {job.result['model_id']} is in the registry{gate}", icon=icon)
        st.page_link(navigation.MODELS.script, label="See the models", icon=icon)
    _show_buttons(actor, job, key=key)
    events = caches.store().jobs.events(actor, job.id, limit=_MOST_EVENTS)
    if records := epochs(events):
        runs = {"this training": records}
        alt = training_curve.alt_text(runs)
        charts.show(training_curve.figure(runs), alt, key=f"{key}_curve_{job.id}")
    with st.expander("Log", key=f"{key}_log_{job.id}"):
        lines = [_log_line(event) for event in events[-_LOG_LINES:]]
        st.code("\n".join(lines) or "Nothing yet.", language=None, wrap_lines=True)


def _show_running(job: Job) -> None:
    seen = remaining.of_job(job)
    if job.stop_flag is Stop.KEEP_BEST:
        st.caption("Will stop once there is a best epoch to keep, after one epoch at the earliest.")
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


def _show_buttons(actor: Actor, job: Job, *, key: str) -> None:
    jobs = caches.store().jobs

    def offer(label: str, symbol: str, action: str, do: Callable[[Actor], object]) -> None:
        off, icon = buttons.unless(refusal(actor, action)), f":material/{symbol}:"
        if st.button(label, icon=icon, key=f"{key}_{label}_{job.id}", **off):
            with failures.shown():
                do(sign_in.acting())
                st.rerun()

    def stop(person: Actor, *, how: Stop) -> None:
        jobs.stop(person, job.id, how)

    with st.container(horizontal=True, key=f"{key}_actions_{job.id}"):
        if job.state is State.RUNNING:
            keep = partial(stop, how=Stop.KEEP_BEST)
            offer("Stop and keep the best", "stop_circle", "job.stop", keep)
        if not job.is_final:
            offer("Cancel", "cancel", "job.stop", partial(stop, how=Stop.CANCEL))
        if job.state in (State.FAILED, State.CANCELLED):
            offer("Retry", "replay", "job.retry", lambda person: jobs.retry(person, job.id))


def _log_line(event: JobEvent) -> str:
    facts = {name: value for name, value in event.payload.items() if value not in ("", None)}
    detail = ", ".join(f"{name} {_short(value)}" for name, value in facts.items())
    return f"{moment(event.at)}  attempt {event.attempt}  {event.kind}  {detail}"


def _short(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
