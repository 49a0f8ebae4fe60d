"""What would be trained, where and for how long; and the question whether to do it."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.jobs import devices, plan, single
from arncnn.store import Actor
from arncnn.store.roles import refusal
from pages.ui import caches, frame, sign_in, state

_RECIPES = {
    "fine-tune": "Fine-tune: goes on from the model in service (minutes)",
    "robust": "Robust: from scratch, appearance randomised (an hour or more on a processor)",
    "paper": "Paper: from scratch, as the paper trains (hours on a processor)",
}


def show(actor: Actor, *, key: str) -> None:
    """Draws the choices, the plan in words, and the button that queues it."""
    if why_not := refusal(actor, "job.submit"):
        st.info(why_not, icon=":material/lock:")
        return
    machine = _machine(key=key)
    if machine is None:
        return
    recipe = st.radio(
        "What to train", list(_RECIPES), format_func=_RECIPES.get, key=f"{key}_recipe"
    )
    with st.expander("Settings", key=f"{key}_settings"):
        epochs = st.number_input(
            "Epochs at most", min_value=1, value=None, placeholder="as the recipe has it",
            step=1, key=f"{key}_epochs",
        )  # fmt: skip
        subset = st.number_input(
            "Images of the data set", min_value=1, value=None, placeholder="as the recipe has it",
            step=1000, key=f"{key}_subset",
        )  # fmt: skip
        seed = st.number_input("Seed", min_value=0, value=0, step=1, key=f"{key}_seed")
        batch = st.number_input(
            "Images a step", min_value=1, value=None, placeholder="as the recipe has it",
            step=8, key=f"{key}_batch",
        )  # fmt: skip
        wanted = st.selectbox(
            "Device", ["any", *(device.name for device in machine.devices)], key=f"{key}_device"
        )
        corrections = st.toggle("Learn from approved corrections", True, key=f"{key}_corrections")
    try:
        drawn = plan.make_plan(
            caches.store(),
            actor,
            recipe=recipe,
            epochs=epochs,
            seed=seed,
            subset=subset,
            batch_size=batch,
            device=wanted,
            from_scratch=recipe != "fine-tune",
            use_corrections=corrections,
        )
    except ArncnnError as error:
        frame.failed(str(error))
        return
    st.markdown("\n".join(f"- {sentence}" for sentence in drawn.sentences()))
    _confirm(drawn, key=key)


def _machine(*, key: str) -> devices.Survey | None:
    """The devices of this machine; measured once, when asked for."""
    known = devices.known()
    if known is None:
        st.info(
            "This machine has not been measured yet. A trial of the real network takes about half "
            "a minute and says where a training would run and how long it would take.",
            icon=":material/speed:",
        )
        if not st.button(
            "Measure this machine", icon=":material/speed:", type="primary", key=f"{key}_measure"
        ):
            return None
        with st.spinner("Trying the network on every device…"):
            try:
                known = devices.survey(anew=True)
            except ArncnnError as error:
                frame.failed(str(error))
                return None
        st.rerun()
    return known


@st.dialog("Queue this training?")
def _ask(drawn: plan.Plan, key: str) -> None:
    st.markdown("\n".join(f"- {sentence}" for sentence in drawn.sentences()))
    st.caption("The model in service stays as it is until somebody promotes another.")
    if st.button("Queue it", type="primary", icon=":material/check:", key=f"{key}_yes"):
        store = caches.store()
        try:
            job = plan.submit(store, sign_in.acting(), drawn)
            single.ensure_supervised(store)
        except ArncnnError as error:
            frame.failed(str(error))
            return
        state.set_queued_job(job.id)
        state.leave_notice(f"Training {job.id[:6]} is queued.")
        st.rerun()


def _confirm(drawn: plan.Plan, *, key: str) -> None:
    if st.button("Retrain", type="primary", icon=":material/model_training:", key=f"{key}_go"):
        _ask(drawn, key)
