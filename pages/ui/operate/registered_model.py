"""One registered model: what it was made of, the gate's comparison, promotion."""

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.jobs import plan, single
from arncnn.store import Actor
from arncnn.store.registered_model import RegisteredModel
from arncnn.store.roles import refusal
from pages.ui import caches, frame, state
from pages.ui.operate import gate_report, serving_model
from pages.ui.wording import moment, person

_OWN = "Someone other than who started it must promote it."


def show(actor: Actor, model: RegisteredModel, *, is_serving: bool, token: int, key: str) -> None:
    """Draws the model and, for who may do it, its promotion.

    Args:
        actor: who is at the screen.
        model: as registered.
        is_serving: whether it is in service.
        token: the store's number for what is in service, read before the model.
        key: of the widgets.
    """
    with st.container(border=True, key=key):
        sign = "● in service" if is_serving else _sign(model)
        st.markdown(f"**`{model.id}`** · {sign}")
        recipe = model.description.get("recipe", {}).get("name", "unknown")
        st.caption(
            f"Recipe {recipe}, started by {person(model.started_by)}, {moment(model.created_at)}, "
            f"version {model.code_version}, SHA-256 {model.sha256[:12]}…"
        )
        if model.gate is not None:
            gate_report.show(model.gate, key=f"{key}_gate")
        if not is_serving:
            is_stale = caches.store().models.is_stale(model)
            if is_stale or model.gate is None:
                _compare_again(actor, model, key=key)
            _promotion(actor, model, is_stale=is_stale, token=token, key=key)


def _compare_again(actor: Actor, model: RegisteredModel, *, key: str) -> None:
    why_not = refusal(actor, "job.submit")
    if not st.button(
        "Compare with the model in service now", icon=":material/compare_arrows:",
        disabled=why_not is not None, help=why_not,
        key=f"{key}_compare",
    ):  # fmt: skip
        return
    store = caches.store()
    try:
        job = plan.compare_again(store, actor, model.sha256)
        single.ensure_supervised(store)
    except ArncnnError as error:
        frame.failed(str(error))
    else:
        state.leave_notice(f"Comparison {job.id[:6]} is queued; see Retraining.")
        st.rerun()


def _sign(model: RegisteredModel) -> str:
    if model.gate is None:
        return "○ not compared yet"
    return "✓ passes the gate" if model.gate.get("passes") else "✗ does not pass the gate"


def _promotion(
    actor: Actor, model: RegisteredModel, *, is_stale: bool, token: int, key: str
) -> None:
    is_own = actor.name in (model.started_by, model.registered_by) and not actor.is_local
    why_not = refusal(actor, "model.promote") or (_OWN if is_own else None)
    passes = bool(model.gate and model.gate.get("passes")) and not is_stale
    label = "Promote" if passes else "Promote despite the gate"
    icon = ":material/upgrade:" if passes else ":material/warning:"
    # What is offered belongs to the keys: once it changes, a press on the old offer is none
    # on the new one, whose popover is another, closed one.
    key = f"{key}_{token}_{'passes' if passes else 'despite'}"
    with st.popover(
        label, icon=icon, disabled=why_not is not None, help=why_not, key=f"{key}_promotion"
    ):
        st.markdown("This model reads from the next scan on, on every dashboard, without restart.")
        reason = st.text_input("Reason", max_chars=500, key=f"{key}_reason")
        if st.button(
            "Promote now",
            type="primary",
            on_click=serving_model.say_if_changed,
            args=(token,),
            key=f"{key}_promote",
        ):
            try:
                caches.store().models.promote(
                    actor, model.sha256, reason, despite_gate=not passes, expected_token=token
                )
            except ArncnnError as error:
                frame.failed(str(error))
            else:
                state.leave_notice(f"{model.id} is in service.")
                st.rerun()
    if is_own:
        st.caption(_OWN)
