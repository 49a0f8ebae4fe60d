"""What would be trained, where and for how long; and the question whether to do it."""

import streamlit as st

from arncnn.jobs import devices, plan, single, suitable_recipes
from arncnn.jobs.training_spec import FROM_SCRATCH, FROM_SERVICE, TrainingSpec
from arncnn.store import Actor
from arncnn.store.roles import refusal
from pages.ui import caches, sign_in, state
from pages.ui.operate import data_set_choice
from pages.ui.shared import failures

_RECIPES = {
    "fine-tune": "Fine-tune: continues from the model in service (minutes)",
    "transfer": "Transfer: keeps the model's layers, learns the data set's own classes (minutes)",
    "robust": "Robust: from scratch, appearance randomised (an hour or more on a CPU)",
    "paper": "Paper: from scratch, as in the paper (hours on a CPU)",
}

_GOING_ON = ("fine-tune", "transfer")  # from the model in service


def show(actor: Actor, *, key: str) -> None:
    """Draws the choices, the plan in words, and the button that queues it."""
    if why_not := refusal(actor, "job.submit"):
        st.info(why_not, icon=":material/lock:")
        return
    data_set_choice.add(actor, key=f"{key}_data")
    machine = _machine(key=key)
    if machine is None:
        return
    drawn = _choose(actor, machine, key=key)
    if drawn is not None:
        st.markdown(_in_words(drawn))
        if st.button("Retrain", type="primary", icon=":material/model_training:", key=f"{key}_go"):
            _confirm(drawn, key)


def _choose(actor: Actor, machine: devices.Survey, *, key: str) -> plan.Plan | None:
    """Draws the choices and gives what they come to; draws the failed state and gives None."""
    source: str | None = None
    offered: tuple[str, ...] = ()
    with failures.shown():
        source = data_set_choice.choose(actor, key=f"{key}_data")
        offered = suitable_recipes.suitable(caches.store(), source)
    if not offered:
        return None
    # other recipes are another box, which begins with the first of them
    kind_of = f"{key}_recipe_{'_'.join(offered)}"
    recipe = st.radio("What to train", offered, format_func=_RECIPES.__getitem__, key=kind_of)
    with st.expander("Settings", key=f"{key}_settings"):
        epochs = _ask_number("Maximum number of epochs", step=1, key=f"{key}_epochs")
        subset = _ask_number("Images of the data set", step=1000, key=f"{key}_subset")
        seed = st.number_input("Seed", min_value=0, value=0, step=1, key=f"{key}_seed")
        batch_size = _ask_number("Images a step", step=8, key=f"{key}_batch")
        places = ["any", *(device.name for device in machine.devices)]
        device = st.selectbox("Device", places, key=f"{key}_device")
        corrections = st.toggle("Learn from approved corrections", True, key=f"{key}_corrections")
    drawn: plan.Plan | None = None
    with failures.shown():
        spec = TrainingSpec(
            recipe,
            epochs=epochs,
            seed=seed,
            subset=subset,
            batch_size=batch_size,
            source=source,
            start=FROM_SERVICE if recipe in _GOING_ON else FROM_SCRATCH,
            use_corrections=corrections,
        )
        drawn = plan.make_plan(caches.store(), actor, spec, device)
    return drawn


def _ask_number(label: str, *, step: int, key: str) -> int | None:
    """A number from 1; None is what the recipe has."""
    hint = "as in the recipe"
    return st.number_input(label, min_value=1, value=None, placeholder=hint, step=step, key=key)


def _in_words(drawn: plan.Plan) -> str:
    return "\n".join(f"- {sentence}" for sentence in drawn.sentences())


def _machine(*, key: str) -> devices.Survey | None:
    """The devices of this machine; measured once, when asked for."""
    known = devices.known()
    if known is None:
        st.info(
            "This machine has not been measured yet. A trial of the network takes about "
            "half a minute and shows where a training would run and how long it would take.",
            icon=":material/speed:",
        )
        label = "Measure this machine"
        if st.button(label, icon=":material/speed:", type="primary", key=f"{key}_measure"):
            with failures.shown():
                with st.spinner("Testing the network on every device…"):
                    devices.survey(anew=True)
                st.rerun()
    return known


@st.dialog("Queue this training?")
def _confirm(drawn: plan.Plan, key: str) -> None:
    st.markdown(_in_words(drawn))
    st.caption("The model in service stays as it is until another is promoted.")
    if st.button("Queue it", type="primary", icon=":material/check:", key=f"{key}_yes"):
        with failures.shown():
            job = plan.submit(caches.store(), sign_in.acting(), drawn)
            single.ensure_supervised(caches.store())
            state.set_queued_job(job.id)
            state.leave_notice(f"Training {job.id[:6]} is queued.")
            st.rerun()
