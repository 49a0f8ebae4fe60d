"""Who acts: the local user without accounts, else only a valid sign-in with today's roles."""

import time
from types import SimpleNamespace

import pytest

from arncnn.store import LOCAL_USER, Role, Store
from pages.ui import sign_in, state


class _Stopped(Exception):  # noqa: N818  a signal of the stand-in, not an error
    """What ``st.stop`` does to a page."""


class _Screen:
    """The parts of Streamlit that a sign-in touches; keeps what was drawn."""

    def __init__(self, *, accounts: bool, claims: dict | None) -> None:
        self.secrets = SimpleNamespace(
            load_if_toml_exists=lambda: accounts, get={"auth": {"x": 1}}.get
        )
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
        monkeypatch.setattr(sign_in.frame, "open_page", made.open_page)
        return made

    return make


def test_without_accounts_the_local_user_acts_and_nothing_is_asked(screen) -> None:
    shown = screen(accounts=False)
    assert sign_in.actor() is LOCAL_USER
    assert not shown.said


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


def test_an_account_switched_off_stops_at_once_with_a_sentence(store, screen) -> None:
    shown = screen(claims=_claims())
    sign_in.actor()
    (user,) = store.users.list(LOCAL_USER)
    store.users.change(LOCAL_USER, user.id, is_active=False)
    with pytest.raises(_Stopped):
        sign_in.actor()
    assert "switched off" in shown.said[-1]
    assert shown.buttons == {"Sign in again": shown.logout}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"exp": 0}, "expired"), ({"email": ""}, "did not say who you are"), ({"sub": ""}, "say who")],
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


@pytest.mark.parametrize("verified", [False, "true", None])
def test_an_address_nobody_vouches_for_makes_no_first_administrator(
    store, screen, monkeypatch: pytest.MonkeyPatch, verified: object
) -> None:
    monkeypatch.setenv("ARNCNN_FIRST_ADMIN", "ada@clinic.example")
    screen(claims=_claims(email_verified=verified))
    assert sign_in.actor().roles == frozenset()
