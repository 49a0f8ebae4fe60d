"""Who acts: the local user without accounts, else only a valid sign-in with today's roles."""

import time
from types import SimpleNamespace

import pytest

from arncnn.errors import PermissionDenied, UsageError
from arncnn.store import LOCAL_USER, Role, Store
from pages.ui import sign_in, state


class _Stopped(Exception):  # noqa: N818  a signal of the stand-in, not an error
    """What ``st.stop`` does to a page."""


class _Screen:
    """The parts of Streamlit that a sign-in touches; keeps what was drawn."""

    def __init__(self, *, accounts: bool, claims: dict | None) -> None:
        self.accounts = accounts
        self.user = SimpleNamespace(is_logged_in=claims is not None, to_dict=lambda: claims)
        self.said: list[str] = []
        self.buttons: dict[str, object] = {}
        self.login, self.logout = object(), object()

    def open_page(self, title: str, lead: str) -> None:
        self.said.append(title)

    def info(self, text: str, **_) -> None:
        self.said.append(text)

    def button(self, label: str, *, on_click: object, **_) -> None:
        self.buttons[label] = on_click

    def stop(self) -> None:
        raise _Stopped


def _claims(**changes) -> dict:
    return {
        "iss": "https://login.example",
        "sub": "1",
        "email": "ada@clinic.example",
        "email_verified": True,
        "exp": time.time() + 3600,
        **changes,
    }


@pytest.fixture
def store(home, monkeypatch: pytest.MonkeyPatch):
    opened = Store.open()
    held: dict[str, object] = {}
    monkeypatch.setattr(sign_in.caches, "store", lambda: opened)
    monkeypatch.setattr(state, "sign_in", lambda: held.get("it"))
    monkeypatch.setattr(state, "set_sign_in", lambda new: held.update(it=new))
    yield opened
    opened.close()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch):
    def make(**kind) -> _Screen:
        made = _Screen(**{"accounts": True, "claims": None, **kind})
        monkeypatch.setattr(sign_in, "st", made)
        monkeypatch.setattr(sign_in.startup, "accounts", lambda: made.accounts)
        monkeypatch.setattr(sign_in.frame, "open_page", made.open_page)
        monkeypatch.setattr(sign_in.frame, "failed", made.info)
        return made

    return make


def test_without_accounts_the_local_user_acts_and_nothing_is_asked(store, screen) -> None:
    shown = screen(accounts=False)
    assert sign_in.actor() is LOCAL_USER
    assert not shown.said


@pytest.mark.attack
def test_nobody_signed_in_sees_only_the_offer_to_sign_in(store, screen) -> None:
    shown = screen()
    with pytest.raises(_Stopped):
        sign_in.actor()
    assert shown.said == ["ARN-CNN Dashboard", "Sign in to read scans."]
    assert shown.buttons == {"Sign in": shown.login}


def test_a_new_account_signs_in_without_a_role_and_a_role_given_counts_at_the_next_run(
    store, screen
) -> None:
    screen(claims=_claims())
    person = sign_in.actor()
    assert (person.name, person.roles, person.is_local) == (
        "ada@clinic.example",
        frozenset(),
        False,
    )
    (user,) = store.users.list(LOCAL_USER)
    store.users.change(LOCAL_USER, user.id, held=[Role.CLINICIAN])
    assert sign_in.actor().roles == {Role.CLINICIAN}
    store.users.change(LOCAL_USER, user.id, held=[])
    assert sign_in.actor().roles == frozenset()


@pytest.mark.attack
def test_an_account_switched_off_stops_at_once_with_a_sentence(store, screen) -> None:
    shown = screen(claims=_claims())
    sign_in.actor()
    (user,) = store.users.list(LOCAL_USER)
    store.users.change(LOCAL_USER, user.id, is_active=False)
    with pytest.raises(_Stopped):
        sign_in.actor()
    assert "switched off" in shown.said[-1]
    assert shown.buttons == {"Sign in again": shown.logout}


@pytest.mark.attack
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"exp": 0}, "expired"), ({"email": ""}, "enough to identify"), ({"sub": ""}, "identify you")],
    ids=["expired", "no address", "no subject"],
)
def test_a_token_that_is_over_or_names_nobody_is_refused_in_a_sentence(
    store, screen, changes: dict, sentence: str
) -> None:
    shown = screen(claims=_claims(**changes))
    with pytest.raises(_Stopped):
        sign_in.actor()
    assert sentence in shown.said[-1]
    assert store.users.list(LOCAL_USER) == ()


@pytest.mark.attack
@pytest.mark.parametrize("verified", [False, "true", None])
def test_an_address_nobody_vouches_for_makes_no_first_administrator(
    store, screen, monkeypatch: pytest.MonkeyPatch, verified: object
) -> None:
    monkeypatch.setenv("ARNCNN_FIRST_ADMIN", "ada@clinic.example")
    shown = screen(claims=_claims(email_verified=verified))
    with pytest.raises(_Stopped):
        sign_in.actor()
    assert "has not verified" in shown.said[-1]
    assert store.users.list(LOCAL_USER) == ()


@pytest.mark.attack
def test_accounts_that_vanish_leave_nobody_the_local_user(store, screen) -> None:
    screen(claims=_claims())
    sign_in.actor()
    shown = screen(accounts=False)
    with pytest.raises(_Stopped):
        sign_in.actor()
    assert "used with accounts" in shown.said[-1]
    store.users.give_up_accounts(LOCAL_USER)
    assert sign_in.actor() is LOCAL_USER


@pytest.mark.attack
def test_accounts_that_break_in_a_running_dashboard_serve_nobody(
    store, screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> bool:
        raise UsageError("The accounts are not whole.")

    shown = screen(claims=_claims())
    sign_in.actor()
    monkeypatch.setattr(sign_in.startup, "accounts", broken)
    with pytest.raises(_Stopped):
        sign_in.actor()
    assert shown.said[-1] == "The accounts are not whole."


@pytest.mark.attack
def test_without_accounts_nobody_is_served_on_another_address(
    store, screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = screen(accounts=False)
    monkeypatch.setattr(sign_in.startup.config, "get_option", {"server.address": "0.0.0.0"}.get)
    with pytest.raises(_Stopped):
        sign_in.actor()
    assert "open the dashboard to the network" in shown.said[-1]


def test_who_signs_out_is_out_on_every_screen_of_the_sign_in(store, screen) -> None:
    shown = screen(claims=_claims(iat=1.0))
    left: list[str] = []
    shown.logout = lambda: left.append("logout")
    sign_in.actor()
    copy = state.sign_in()
    sign_in.leave()
    assert left == ["logout"]
    with pytest.raises(PermissionDenied, match="signed out"):
        store.users.resume(copy)
    with pytest.raises(_Stopped):
        sign_in.actor()  # the second tab, with the same cookie
    assert "signed out" in shown.said[-1]
