"""Who is at the screen: the local user, or an account where accounts are configured.

The identity provider only says who somebody is; roles, expiry and idle time are the
store's, asked anew at every run of a page.

A login that was idle for too long or signed out is over in the store: on all tabs, for copies
of its cookie, through every new run, refresh and restart, until the person logs in anew ("Sign
in again" removes the cookie and, where the provider offers it, ends the session there). Not
covered: a provider that lets its own session in without asking, where ``client_kwargs =
{ prompt = "login" }`` in the secrets makes it ask.

Accounts fail closed: as ``startup`` says it, and a store that was ever used with accounts has
no local user until ``python -m arncnn users give-up-accounts``.

The page's head asks with ``actor``. What runs without the head asks by itself, for an account
can be switched off or lose a role meanwhile: a press in a fragment or dialog with ``acting``,
what draws itself anew with ``watching``, a download with ``on_demand``.
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

import streamlit as st

from arncnn.errors import ArncnnError, PermissionDenied, UsageError
from arncnn.store import LOCAL_USER, Actor, roles
from arncnn.store.sign_ins import SignIn
from arncnn.store.users import Identity
from pages.ui import caches, frame, startup, state

_Made = TypeVar("_Made")

_SAME_RUN_S = 0.5  # a run of a page asks up to ten times


def has_accounts() -> bool:
    """Whether people sign in here; False means that the visitor is the local user.

    Raises:
        UsageError: it is one of the two, and not as it must be: nobody is served.
        StoreError: the store does not say whether it was ever used with accounts.
    """
    users = caches.store().users
    if startup.accounts():
        users.keep_accounts()
        return True
    startup.require_loopback()
    if users.needs_accounts(no_older_than_s=_SAME_RUN_S):
        raise UsageError(
            "This store is used with accounts, and none are configured, so nobody is served. "
            'Restore the [auth] section of .streamlit/secrets.toml (README.md, "Accounts").'
        )
    return False


def actor() -> Actor:
    """The person to act for; without a valid sign-in nothing else is drawn."""
    try:
        if not has_accounts():
            return LOCAL_USER
    except ArncnnError as error:
        state.set_sign_in(None)
        _open_page()
        frame.failed(str(error))
        st.stop()
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


def leave() -> None:
    """Signs the person out, here and wherever else this sign-in is open."""
    held = state.sign_in()
    if held is not None:
        caches.store().users.sign_out(held)
    state.set_sign_in(None)
    st.logout()


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
        if held is None and has_accounts():
            raise PermissionDenied("Please sign in.")  # accounts were configured meanwhile
        person = LOCAL_USER if held is None else users.resume(held)
        try:
            roles.check(person, action)
        except PermissionDenied as error:
            users.note_refusal(person.name, action, str(error))
            raise
        return make(person)

    return made


def _again(*, is_activity: bool) -> Actor:
    try:
        if not has_accounts():
            return LOCAL_USER
        return caches.store().users.resume(_held(), is_activity=is_activity)
    except (PermissionDenied, UsageError):
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


def _open_page() -> None:
    frame.open_page(
        "ARN-CNN Dashboard", "Which kind of scan is this, how sure is the model, and why?"
    )


def _offer(sentence: str, label: str, action: Callable[[], None]) -> NoReturn:
    _open_page()
    st.info(sentence, icon=":material/lock:")
    st.button(label, on_click=action, type="primary", icon=":material/login:", key="sign_in")
    st.stop()
