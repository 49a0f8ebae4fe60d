"""People through ``app.py``: an administrator's alone; roles, switching off, last seen."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from arncnn.store import LOCAL_USER, Role, Store
from arncnn.store.users import Identity
from tests.pages.operate.acting import button, enter, open_page, texts

BERT = "bert@clinic.example"


@pytest.fixture
def people(app: AppTest, store: Store) -> AppTest:
    now = time.time()
    store.users.sign_in(Identity("https://login.example", BERT, BERT, True, now + 3600, now))
    enter(app, store, Role.ADMIN)
    return open_page(app, "people")


def _bert(store: Store):
    return next(user for user in store.users.list(LOCAL_USER) if user.name == BERT)


def test_nobody_has_signed_in(app: AppTest) -> None:
    assert "No one has signed in yet" in texts(open_page(app.run(), "people"))


def test_an_administrator_sees_everybody_and_when_they_were_last_here(people: AppTest) -> None:
    table = people.dataframe[0].value
    assert list(table["Person"]) == [BERT, "clara@clinic.example"]
    assert list(table["Roles"]) == ["none", "admin"]
    assert "never" not in set(table["Last seen"])


def test_roles_are_given_and_an_account_is_switched_off(people: AppTest, store: Store) -> None:
    people.button_group[0].set_value([Role.VIEWER, Role.TRAINER])
    button(people, "Save").click().run()
    assert not people.exception and "Saved." in texts(people)
    assert _bert(store).roles == {Role.VIEWER, Role.TRAINER}
    people.toggle[0].set_value(False)
    button(people, "Save").click().run()
    assert not _bert(store).is_active
    assert store.audit.entries(LOCAL_USER).entries[0].actor == "clara@clinic.example"


def test_the_last_administrator_stays(people: AppTest, store: Store) -> None:
    people.selectbox[0].select_index(1).run()
    people.toggle[0].set_value(False)
    button(people, "Save").click().run()
    assert "At least one active administrator must remain." in texts(people)
    assert all(user.is_active for user in store.users.list(LOCAL_USER))


@pytest.mark.attack
def test_nobody_else_sees_or_changes_accounts(app: AppTest, store: Store) -> None:
    enter(app, store, *(role for role in Role if role is not Role.ADMIN))
    open_page(app, "people")
    assert "needs the role admin" in texts(app)
    assert not app.dataframe and not app.selectbox
