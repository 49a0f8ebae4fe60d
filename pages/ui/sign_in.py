"""Who is at the screen: the local user, or an account where accounts are configured.

The identity provider only says who somebody is; roles, expiry and idle time are the
store's, asked anew at every run of a page.

A login that was idle for too long is over on all tabs of its browser, through every new run
and every refresh, until the person logs in anew ("Sign in again" removes the cookie and, where
the provider offers it, ends the session there). Not covered: a restart of the dashboard, which
forgets who was idle (the token's own expiry still counts); a second process that serves the
same accounts; and a provider that lets its own session in without asking, where
``client_kwargs = { prompt = "login" }`` in the secrets makes it ask.

The page's head asks with ``actor``. What runs without the head asks by itself, for an account
can be switched off or lose a role meanwhile: a press in a fragment or dialog with ``acting``,
what draws itself anew with ``watching``, a download with ``on_demand``.
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

import streamlit as st

from arncnn.errors import ArncnnError, PermissionDenied
from arncnn.store import LOCAL_USER, Actor, roles
from arncnn.store.users import Identity, SignIn
from pages.ui import caches, frame, state

_Made = TypeVar("_Made", str, bytes)


def has_accounts() -> bool:
    """Whether ``.streamlit/secrets.toml`` configures an identity provider."""
    return bool(st.secrets.load_if_toml_exists() and st.secrets.get("auth"))


def actor() -> Actor:
    """The person to act for; without a valid sign-in nothing else is drawn."""
    if not has_accounts():
        return LOCAL_USER
    if not st.user.is_logged_in:
        state.set_sign_in(None)
        _offer("Sign in to read scans.", "Sign in", st.login)
    users = caches.store().users
    try:
        sign_in = state.sign_in() or users.sign_in(_identity())
        person = users.resume(sign_in)
    except ArncnnError as error:
        state.set_sign_in(None)
        _offer(str(error), "Sign in again", st.logout)
    state.set_sign_in(sign_in)
    return person


def acting() -> Actor:
    """The person whose press a fragment or a dialog carries out; the press is activity."""
    return _again(is_activity=True)


def watching() -> Actor:
    """The person before a page that goes on by itself, which is no activity."""
    return _again(is_activity=False)


def on_demand(make: Callable[[Actor], _Made], *, action: str) -> Callable[[], _Made]:
    """A download's content, made for who may have it when it is asked for.

    Streamlit asks for it outside of any run, where neither the session nor the login can be
    reached; so the sign-in goes along. A refusal is raised, and the browser gets no file.

    Args:
        make: gives the content for the person who asks.
        action: what that person must be allowed to do, of ``roles.ACTIONS``.
    """
    users, held = caches.store().users, _held() if has_accounts() else None

    def made() -> _Made:
        person = LOCAL_USER if held is None else users.resume(held)
        roles.check(person, action)
        return make(person)

    return made


def _again(*, is_activity: bool) -> Actor:
    if not has_accounts():
        return LOCAL_USER
    try:
        return caches.store().users.resume(_held(), is_activity=is_activity)
    except PermissionDenied:
        st.rerun()  # the whole page: its head says why the sign-in is over


def _held() -> SignIn:
    held = state.sign_in()
    if held is None:
        raise PermissionDenied("Please sign in.")
    return held


def _identity() -> Identity:
    claims: Mapping[str, Any] = st.user.to_dict()
    return Identity(
        issuer=str(claims.get("iss", "")),
        subject=str(claims.get("sub", "")),
        email=str(claims.get("email", "")),
        is_email_verified=claims.get("email_verified") is True,
        expires_at=float(claims.get("exp", 0.0)),
        issued_at=float(claims.get("iat", 0.0)),
    )


def _offer(sentence: str, label: str, action: Callable[[], None]) -> NoReturn:
    frame.open_page(
        "ARN-CNN Dashboard", "Which of six kinds of scan is this, how sure is the model, and why?"
    )
    st.info(sentence, icon=":material/lock:")
    st.button(label, on_click=action, type="primary", icon=":material/login:", key="sign_in")
    st.stop()
