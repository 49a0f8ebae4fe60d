"""The model in service, the way back to the one before, and who decided what served when."""

from collections.abc import Sequence

import streamlit as st

from arncnn.errors import ArncnnError, ModelError
from arncnn.store import Actor
from arncnn.store.registered_model import AliasChange
from arncnn.store.roles import refusal
from arncnn.store.serving_alias import CHANGED
from pages.ui import caches, frame, state
from pages.ui.shared import buttons, failures, tables
from pages.ui.wording import DECISIONS, moment, person, plain


def show(
    actor: Actor,
    serving: str | None,
    history: Sequence[AliasChange],
    *,
    token: int,
    key: str,
) -> None:
    """Draws what serves since when and why, and the rollback for who may do it.

    Args:
        actor: who is at the screen.
        serving: the sum of the model in service; None is the bundled one.
        history: promotions and rollbacks, newest first.
        token: the store's number for what is in service, read before the rest.
        key: of the widgets.
    """
    with st.container(border=True, key=key):
        try:
            st.markdown(f"**In service:** `{caches.cases().bundle().identity.id}`")
        except ModelError as error:
            st.markdown(
                f"**In service:** {f'`{serving[:12]}`' if serving else 'the bundled model'}"
            )
            frame.failed(f"{error} No scan is read until another is promoted or rolled back to.")
        if serving is None:
            st.caption("The bundled model. There is nothing to roll back to.")
            return
        latest = history[0]
        st.caption(
            f"{DECISIONS[latest.action]} by {person(latest.actor)}, {moment(latest.at)}: "
            f"{plain(latest.reason)}"
        )
        off = buttons.unless(refusal(actor, "model.rollback"))
        key = f"{key}_{token}"  # another, closed popover after a change; an old press is none on it
        with st.popover("Roll back", icon=":material/undo:", key=f"{key}_popover", **off):
            st.markdown(
                "The previous model reads again, on every dashboard at once; one that "
                "cannot be opened is skipped."
            )
            reason = ask_reason("Roll back now", token=token, key=key, action="rollback")
            if reason is not None:
                notice = "Rolled back. The earlier model reads from now on."
                with failures.shown(otherwise=notice):
                    caches.store().models.rollback(actor, reason, expected_token=token)


def ask_reason(label: str, *, token: int, key: str, action: str) -> str | None:
    """Draws what changes the model in service, with its reason; gives that when it is pressed.

    Args:
        label: of the button.
        token: the store's number for what was in service when the page was drawn.
        key: of the widgets.
        action: ends the button's key.
    """
    reason = st.text_input("Reason", max_chars=500, key=f"{key}_reason")
    is_pressed = st.button(
        label,
        type="primary",
        on_click=_say_if_changed,
        args=(token,),
        key=f"{key}_{action}",
    )
    return reason if is_pressed else None


def show_history(history: Sequence[AliasChange], *, key: str) -> None:
    """Draws every promotion and rollback, newest first; nothing before the first one."""
    if not history:
        return
    st.subheader("History", anchor=False)
    rows = [
        {
            "When": moment(change.at),
            "Who": change.actor,
            "What": DECISIONS[change.action],
            "Model": change.model_sha256[:12] if change.model_sha256 else "bundled",
            "Reason": change.reason,
        }
        for change in history
    ]
    tables.show(rows, "Promotions and rollbacks, newest first", key=key)


def _say_if_changed(token: int) -> None:
    """For a press: says that nothing was changed if another model serves than was looked at.

    The button that was pressed is not drawn again then, so nothing else would say so.
    """
    try:
        is_changed = caches.store().models.serving_token() != token
    except ArncnnError:
        return  # the page that is drawn next meets the same and says it
    if is_changed:
        state.leave_notice(CHANGED)
