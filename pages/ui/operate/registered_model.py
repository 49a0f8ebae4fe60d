"""One registered model: what it was made of, the gate's comparison, promotion."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from arncnn.formatting import counted
from arncnn.jobs import plan, single
from arncnn.labels import title
from arncnn.store import Actor
from arncnn.store.registered_model import RegisteredModel
from arncnn.store.roles import refusal
from pages.ui import caches, state
from pages.ui.operate import before_and_after, serving_model
from pages.ui.shared import buttons, failures, tables
from pages.ui.wording import moment, person, share, span

_OWN = "Someone other than the person who started it must promote it."


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
        is_stale = caches.store().models.is_stale(model)
        if model.gate is not None:
            _show_gate(model.gate, is_stale=is_stale, key=f"{key}_gate")
        if not is_serving:
            before_and_after.show(model, key=key)
            if is_stale or model.gate is None:
                _offer_comparison(actor, model, key=key)
            passes = bool(model.gate and model.gate.get("passes")) and not is_stale
            _offer_promotion(actor, model, passes=passes, token=token, key=key)


def _sign(model: RegisteredModel) -> str:
    if model.gate is None:
        return "○ not compared yet"
    return "✓ passes the gate" if model.gate.get("passes") else "✗ does not pass the gate"


def _show_gate(gate: Mapping[str, Any], *, is_stale: bool, key: str) -> None:
    """Draws why the model passes or not, and every figure beside the model it was held against."""
    for reason in gate.get("reasons", ()):
        st.markdown(f"- {reason}")
    if is_stale:
        compared = gate["serving"]["id"]
        st.caption(f"Compared with `{compared}`, which is no longer the model in service.")
    measured = [*gate.get("classes", ()), gate.get("corruptions")]
    measured += [gate.get("corrections"), gate.get("strangers")]
    rows = [_gate_row(figure) for figure in measured if figure and figure["candidate"]["n"]]
    if rows:
        st.markdown("**Candidate against the model in service**")
        alt = f"Comparison with the model in service, {counted(len(rows), 'figure')}"
        tables.show(rows, alt, key=f"{key}_table", is_whole=True)
        st.caption(
            "Worse means below the 95% Clopper-Pearson interval of the model in service, "
            "on the same images."
        )
    before_and_after.show_scans(gate.get("scans", ()), key=key)


def _gate_row(figure: Mapping[str, Any]) -> dict[str, str]:
    name = title(figure["name"])
    return {
        "Right answers": name[:1].upper() + name[1:],
        "Compared": _compared(figure),
        "Candidate": _share(figure["candidate"]),
        "In service": _share(figure["serving"]),
    }


def _compared(figure: Mapping[str, Any]) -> str:
    if figure["serving"] is None:
        return "– not comparable"
    return "✗ worse" if figure["is_worse"] else "✓ not worse"


def _share(found: Mapping[str, Any] | None) -> str:
    if not found or not found["n"]:
        return "–"
    lower, upper = found["interval"]
    counted = f"{found['hits']:,} of {found['n']:,}"
    return f"{share(found['value'], 1)} ({counted}; {span(lower, upper, 1)})"


def _offer_comparison(actor: Actor, model: RegisteredModel, *, key: str) -> None:
    label, icon = "Compare with the model in service now", ":material/compare_arrows:"
    off = buttons.unless(refusal(actor, "job.submit"))
    if st.button(label, icon=icon, key=f"{key}_compare", **off):
        with failures.shown():
            job = plan.compare_again(caches.store(), actor, model.sha256)
            single.ensure_supervised(caches.store())
            state.leave_notice(f"Comparison {job.id[:6]} is queued; see Retraining.")
            st.rerun()


def _offer_promotion(
    actor: Actor, model: RegisteredModel, *, passes: bool, token: int, key: str
) -> None:
    is_own = actor.name in (model.started_by, model.registered_by) and not actor.is_local
    label = "Promote" if passes else "Promote despite the gate"
    icon = ":material/upgrade:" if passes else ":material/warning:"
    off = buttons.unless(refusal(actor, "model.promote") or (_OWN if is_own else None))
    # What is offered belongs to the keys: once it changes, a press on the old offer is none
    # on the new one, whose popover is another, closed one.
    key = f"{key}_{token}_{'passes' if passes else 'despite'}"
    with st.popover(label, icon=icon, key=f"{key}_promotion", **off):
        st.markdown(
            "This model reads from the next scan on, on every dashboard, without a restart."
        )
        reason = serving_model.ask_reason("Promote now", token=token, key=key, action="promote")
        if reason is not None:
            with failures.shown(otherwise=f"{model.id} is in service."):
                caches.store().models.promote(
                    actor, model.sha256, reason, despite_gate=not passes, expected_token=token
                )
    if is_own:
        st.caption(_OWN)
