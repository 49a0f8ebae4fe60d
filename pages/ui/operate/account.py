"""Accounts as a table, and the form that gives roles and switches an account on or off."""

from collections.abc import Sequence

import streamlit as st

from arncnn.formatting import counted
from arncnn.store import Actor, Role
from arncnn.store.users import User
from pages.ui import caches, sign_in
from pages.ui.shared import failures, tables
from pages.ui.wording import moment

_MAY = {
    Role.VIEWER: "viewer: sees cases, corrections and trainings",
    Role.CLINICIAN: "clinician: reads scans and corrects readings",
    Role.TRAINER: "trainer: trains candidates",
    Role.APPROVER: "approver: decides on corrections and models",
    Role.ADMIN: "admin: manages people, retention and backups",
}


def show_table(users: Sequence[User], *, key: str) -> None:
    """Draws every account with its roles and when it was last active."""
    rows = [
        {
            "Person": user.name,
            "Roles": _roles(user) or "none",
            "May sign in": "yes" if user.is_active else "switched off",
            "Last seen": "never" if user.seen_at is None else moment(user.seen_at),
            "Since": moment(user.created_at),
        }
        for user in users
    ]
    tables.show(rows, f"People: {counted(len(users), 'account')}", key=f"{key}_table")


def change(actor: Actor, users: Sequence[User], *, key: str) -> None:
    """Draws the form for the account that is chosen."""
    st.subheader("Change an account", anchor=False)
    known = {user.id: user for user in users}
    chosen = st.selectbox(
        "Person", list(known), format_func=lambda identity: known[identity].name, key=key
    )
    user = known[chosen]
    # Keys name what the account holds now: after a change from elsewhere the form shows it.
    now = f"{key}_{user.id}_{'_'.join(sorted(user.roles))}_{user.is_active}"
    with st.form(now, border=True):
        held = st.pills(
            "Roles",
            list(Role),
            selection_mode="multi",
            default=[role for role in Role if role in user.roles],
            format_func=_MAY.__getitem__,
            key=f"{now}_roles",
        )
        is_active = st.toggle("May sign in", value=user.is_active, key=f"{now}_active")
        is_asked = st.form_submit_button("Save", type="primary", key=f"{now}_save")
    if is_asked:
        with failures.shown(otherwise=f"Saved. It takes effect at {user.name}'s next click."):
            caches.store().users.change(
                sign_in.acting(), user.id, held=held, is_active=bool(is_active)
            )


def _roles(user: User) -> str:
    return ", ".join(role.value for role in Role if role in user.roles)
