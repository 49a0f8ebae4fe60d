"""The model in service, and the way back to the one before."""

from collections.abc import Sequence

import streamlit as st

from arncnn.errors import ArncnnError
from arncnn.store import Actor
from arncnn.store.registered_model import AliasChange, Serving
from arncnn.store.roles import refusal
from arncnn.store.serving_alias import CHANGED
from pages.ui import caches, frame, state
from pages.ui.wording import DECISIONS, moment, person, plain


def show(
    actor: Actor,
    serving: Serving | None,
    history: Sequence[AliasChange],
    *,
    token: int,
    key: str,
) -> None:
    """Draws what serves since when and why, and the rollback for who may do it.

    Args:
        actor: who is at the screen.
        serving: the model in service; None is the bundled one.
        history: promotions and rollbacks, newest first.
        token: the store's number for what is in service, read before the rest.
        key: of the widgets.
    """
    identity = caches.cases().bundle().identity
    with st.container(border=True, key=key):
        st.markdown(f"**In service:** `{identity.id}`")
        if serving is None:
            st.caption("The bundled model. There is nothing to roll back to.")
            return
        latest = history[0]
        st.caption(
            f"{DECISIONS[latest.action]} by {person(latest.actor)}, {moment(latest.at)}: "
            f"{plain(latest.reason)}"
        )
        why_not = refusal(actor, "model.rollback")
        key = f"{key}_{token}"  # another, closed popover after a change; an old press is none on it
        with st.popover(
            "Roll back",
            icon=":material/undo:",
            disabled=why_not is not None,
            help=why_not,
            key=f"{key}_popover",
        ):
            st.markdown("The model that served before reads again, on every dashboard at once.")
            reason = st.text_input("Reason", max_chars=500, key=f"{key}_reason")
            if st.button(
                "Roll back now",
                type="primary",
                on_click=say_if_changed,
                args=(token,),
                key=f"{key}_rollback",
            ):
                try:
                    caches.store().models.rollback(actor, reason, expected_token=token)
                except ArncnnError as error:
                    frame.failed(str(error))
                else:
                    state.leave_notice("Rolled back. The earlier model reads from now on.")
                    st.rerun()


def say_if_changed(token: int) -> None:
    """For a press: says that nothing was changed if another model serves than was looked at.

    The button that was pressed is not drawn again then, so nothing else would say so.
    """
    try:
        is_changed = caches.store().models.serving_token() != token
    except ArncnnError:
        return  # the page that is drawn next meets the same and says it
    if is_changed:
        state.leave_notice(CHANGED)
