import time

import pytest

from arncnn.errors import PermissionDenied, UsageError
from arncnn.store import Role, Store
from arncnn.store.roles import LOCAL_USER
from arncnn.store.users import Identity
from arncnn.store.verify import verify
from tests.store.made_up import new_case

NOW = 1_000_000.0
HOUR = 3600.0


def _identity(email: str = "ada@clinic.example", verified: bool = True, **changes) -> Identity:
    known = {"issuer": "https://login.example", "subject": f"id of {email.lower()}"}
    return Identity(
        **{**known, "expires_at": NOW + HOUR, **changes}, email=email, is_email_verified=verified
    )


def test_a_new_account_has_no_role_until_an_administrator_gives_one(store: Store) -> None:
    sign_in = store.users.sign_in(_identity(), now=NOW)
    actor = store.users.resume(sign_in, now=NOW)
    assert (actor.name, actor.roles, actor.is_local) == ("ada@clinic.example", frozenset(), False)
    store.users.change(LOCAL_USER, sign_in.user_id, held=[Role.CLINICIAN])
    actor = store.users.resume(sign_in, now=NOW)
    assert actor.roles == {Role.CLINICIAN}
    assert verify(store, LOCAL_USER).is_intact


def test_the_first_admin_is_the_one_the_setting_names_and_only_the_first(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_FIRST_ADMIN", "Ada@Clinic.example")
    with pytest.raises(PermissionDenied, match="has not verified"):
        store.users.sign_in(_identity(verified=False, subject="impostor"), now=NOW)
    ada = store.users.sign_in(_identity("ADA@clinic.example"), now=NOW)
    assert store.users.resume(ada, now=NOW).roles == {Role.ADMIN}
    monkeypatch.setenv("ARNCNN_FIRST_ADMIN", "eve@clinic.example")
    eve = store.users.sign_in(_identity("eve@clinic.example"), now=NOW)
    assert store.users.resume(eve, now=NOW).roles == frozenset()


def test_the_same_person_is_one_account_and_another_providers_is_not(store: Store) -> None:
    first = store.users.sign_in(_identity(), now=NOW)
    again = store.users.sign_in(_identity(), now=NOW + 1)
    elsewhere = {"issuer": "https://elsewhere.example"}
    other = store.users.sign_in(_identity("eve@clinic.example", **elsewhere), now=NOW)
    assert first.user_id == again.user_id != other.user_id
    assert len(store.users.list(LOCAL_USER)) == 2


@pytest.mark.attack
@pytest.mark.parametrize("change", [{"issuer": "https://elsewhere.example"}, {"subject": "2"}])
def test_an_address_stands_for_one_account_also_after_that_is_switched_off(
    store: Store, change: dict[str, str]
) -> None:
    first = store.users.sign_in(_identity(), now=NOW)
    for is_active in (True, False):
        store.users.change(LOCAL_USER, first.user_id, is_active=is_active)
        with pytest.raises(PermissionDenied, match="holds your address"):
            store.users.sign_in(_identity(**change), now=NOW)
    assert len(store.users.list(LOCAL_USER)) == 1


@pytest.mark.attack
def test_who_changes_the_address_at_the_provider_stays_the_author(store: Store) -> None:
    both = [Role.CLINICIAN, Role.APPROVER]
    account = {"subject": "7", "expires_at": time.time() + HOUR}
    before = store.users.sign_in(_identity(**account))
    store.users.change(LOCAL_USER, before.user_id, held=both)
    ada = store.users.resume(before)
    case = store.cases.add(ada, new_case(1))
    said = store.corrections.submit(ada, case.id, label="Hand")
    later = store.users.sign_in(_identity("ada.b@clinic.example", **account))
    again = store.users.resume(later)
    assert (again.account_id, again.name) == (ada.account_id, ada.name)
    with pytest.raises(PermissionDenied, match="second person"):
        store.corrections.review(again, said.id, approve=True)


@pytest.mark.attack
def test_domains_compare_exactly(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARNCNN_FIRST_ADMIN", "ada@strasse.example")
    one = store.users.sign_in(_identity("ada@straße.example"), now=NOW)
    assert store.users.resume(one, now=NOW).roles == frozenset()
    other = store.users.sign_in(_identity("ada@STRASSE.example"), now=NOW)
    assert store.users.resume(other, now=NOW).roles == {Role.ADMIN}
    kelvin = store.users.sign_in(_identity("ada@\u212aarl.example", subject="3"), now=NOW)
    assert store.users.resume(kelvin, now=NOW).name == "ada@\u212aarl.example"


@pytest.mark.attack
def test_a_sign_in_ends_at_its_expiry_even_when_active(store: Store) -> None:
    sign_in = store.users.sign_in(_identity(), now=NOW)
    for minute in range(0, 60, 10):
        actor = store.users.resume(sign_in, now=NOW + 60 * minute)
        assert actor.valid_until <= NOW + HOUR
    with pytest.raises(PermissionDenied, match="expired"):
        store.users.resume(sign_in, now=NOW + HOUR)
    with pytest.raises(PermissionDenied, match="expired"):
        store.users.sign_in(_identity(), now=NOW + 2 * HOUR)


def test_a_sign_in_ends_after_the_idle_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARNCNN_IDLE_MINUTES", "5")
    sign_in = store.users.sign_in(_identity(), now=NOW)
    actor = store.users.resume(sign_in, now=NOW + 299)
    assert actor.valid_until == NOW + 299 + 300
    with pytest.raises(PermissionDenied, match="without activity"):
        store.users.resume(sign_in, now=NOW + 599)


def test_a_login_that_was_idle_too_long_is_over_until_a_fresh_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_IDLE_MINUTES", "5")
    store.users.resume(store.users.sign_in(_identity(issued_at=NOW), now=NOW), now=NOW)
    again = store.users.sign_in(_identity(issued_at=NOW), now=NOW + 300)
    for at in (NOW + 300, NOW + 301):
        with pytest.raises(PermissionDenied, match="without activity"):
            store.users.resume(again, now=at)
    fresh = store.users.sign_in(_identity(issued_at=NOW + 302), now=NOW + 302)
    assert store.users.resume(fresh, now=NOW + 302).name == "ada@clinic.example"


def test_what_a_page_does_by_itself_is_no_activity(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_IDLE_MINUTES", "5")
    sign_in = store.users.sign_in(_identity(), now=NOW)
    store.users.resume(sign_in, now=NOW)
    watching = store.users.resume(sign_in, is_activity=False, now=NOW + 299)
    assert watching.valid_until == NOW + 300
    with pytest.raises(PermissionDenied, match="without activity"):
        store.users.resume(sign_in, is_activity=False, now=NOW + 300)


def test_activity_on_one_screen_counts_for_every_screen_of_the_login(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_IDLE_MINUTES", "5")
    one, other = (store.users.sign_in(_identity(), now=NOW) for _ in range(2))
    store.users.resume(one, now=NOW)
    store.users.resume(other, now=NOW + 200)
    assert store.users.resume(one, now=NOW + 400).valid_until == NOW + 700


@pytest.mark.attack
def test_a_role_taken_away_or_an_account_switched_off_counts_at_once(store: Store) -> None:
    sign_in = store.users.sign_in(_identity(), now=NOW)
    store.users.change(LOCAL_USER, sign_in.user_id, held=[Role.CLINICIAN])
    store.users.change(LOCAL_USER, sign_in.user_id, held=[])
    assert store.users.resume(sign_in, now=NOW).roles == frozenset()
    store.users.change(LOCAL_USER, sign_in.user_id, is_active=False)
    with pytest.raises(PermissionDenied, match="switched off"):
        store.users.resume(sign_in, now=NOW)
    with pytest.raises(PermissionDenied, match="switched off"):
        store.users.sign_in(_identity(), now=NOW)


@pytest.mark.attack
def test_the_last_administrator_cannot_lock_everybody_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_FIRST_ADMIN", "ada@clinic.example")
    monkeypatch.setattr("time.time", lambda: NOW)
    sign_in = store.users.sign_in(_identity(), now=NOW)
    ada = store.users.resume(sign_in, now=NOW)
    for change in ({"held": [Role.VIEWER]}, {"is_active": False}):
        with pytest.raises(UsageError, match="administrator must remain"):
            store.users.change(ada, sign_in.user_id, **change)
        with pytest.raises(UsageError, match="administrator must remain"):
            store.users.change(LOCAL_USER, sign_in.user_id, **change)
    assert store.users.list(ada)[0].roles == {Role.ADMIN}


@pytest.mark.parametrize("missing", [{"subject": ""}, {"issuer": ""}, {"email": " "}])
def test_a_token_that_names_nobody_is_refused(store: Store, missing: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="did not send enough to identify you"):
        store.users.sign_in(_identity(**missing), now=NOW)


def _reopened(store: Store) -> Store:
    """The same store as another process, or an emptied cache, sees it."""
    return Store(store.engine, store.folder)


@pytest.mark.attack
def test_who_signed_out_stays_out_for_every_copy_of_the_cookie_and_after_a_restart(
    store: Store,
) -> None:
    identity = _identity(issued_at=NOW)
    sign_in = store.users.sign_in(identity, now=NOW)
    copy = _reopened(store).users.sign_in(identity, now=NOW)
    store.users.sign_out(sign_in)
    for users in (store.users, _reopened(store).users):
        for revive in (
            lambda users=users: users.resume(copy, now=NOW + 1),
            lambda users=users: users.resume(sign_in, is_activity=False, now=NOW + 1),
            lambda users=users: users.sign_in(identity, now=NOW + 1),
        ):
            with pytest.raises(PermissionDenied, match="signed out"):
                revive()
    fresh = store.users.sign_in(_identity(issued_at=NOW + 2), now=NOW + 2)
    assert store.users.resume(fresh, now=NOW + 2).name == "ada@clinic.example"
    assert verify(store, LOCAL_USER).is_intact


@pytest.mark.attack
def test_who_was_idle_is_not_revived_by_an_emptied_cache_or_a_restart(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_IDLE_MINUTES", "5")
    sign_in = store.users.sign_in(_identity(issued_at=NOW), now=NOW)
    store.users.resume(sign_in, now=NOW + 200)
    with pytest.raises(PermissionDenied, match="without activity"):
        _reopened(store).users.resume(sign_in, now=NOW + 500)
    with pytest.raises(PermissionDenied, match="without activity"):
        store.users.sign_in(_identity(issued_at=NOW), now=NOW + 501)


def test_activity_is_written_down_a_twentieth_of_the_idle_time_late_at_most(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_IDLE_MINUTES", "5")
    sign_in = store.users.sign_in(_identity(), now=NOW)
    for second in range(250):
        store.users.resume(sign_in, now=NOW + second)
    kept = store.users.list(LOCAL_USER)[0].seen_at
    assert NOW + 249 - 15 <= kept <= NOW + 249
    other = _reopened(store).users.resume(sign_in, is_activity=False, now=NOW + 249)
    assert other.valid_until == kept + 300


@pytest.mark.attack
def test_sign_ins_sign_outs_and_refusals_are_audited_once(store: Store) -> None:
    identity = _identity(issued_at=NOW)
    sign_in = store.users.sign_in(identity, now=NOW)
    store.users.sign_in(identity, now=NOW + 1)  # another tab of the same login
    store.users.sign_out(sign_in)
    store.users.sign_out(sign_in)
    for _ in range(3):
        with pytest.raises(PermissionDenied):
            store.users.sign_in(identity, now=NOW + 2)
    lines = store.audit.entries(LOCAL_USER).entries[::-1]
    assert [line.action for line in lines] == [
        "user.create",
        "user.sign_in",
        "user.sign_out",
        "refused",
    ]
    assert {line.actor for line in lines} == {"ada@clinic.example"}
    assert "signed out" in lines[-1].detail["why"]
    assert verify(store, LOCAL_USER).is_intact


def test_a_store_once_used_with_accounts_needs_them_until_they_are_given_up(store: Store) -> None:
    assert not store.users.needs_accounts()
    for _ in range(2):
        store.users.keep_accounts()
    assert store.users.needs_accounts() and _reopened(store).users.needs_accounts()
    assert store.audit.entries(LOCAL_USER).total == 1
    store.users.give_up_accounts(LOCAL_USER)
    assert not store.users.needs_accounts()
    store.users.keep_accounts()
    assert store.users.needs_accounts()


def test_a_no_is_remembered_for_as_long_as_is_said_and_a_yes_is_asked_anew(store: Store) -> None:
    other = _reopened(store)
    assert not store.users.needs_accounts(no_older_than_s=60.0)
    other.users.keep_accounts()  # as another dashboard does
    assert not store.users.needs_accounts(no_older_than_s=60.0)
    assert store.users.needs_accounts()
    assert store.users.needs_accounts(no_older_than_s=60.0)
    other.users.give_up_accounts(LOCAL_USER)
    assert not store.users.needs_accounts(no_older_than_s=60.0)
    store.users.keep_accounts()  # by oneself it counts at once
    assert store.users.needs_accounts(no_older_than_s=60.0)


def test_a_store_with_people_in_it_from_before_needs_accounts(store: Store) -> None:
    store.users.sign_in(_identity(), now=NOW)
    assert store.users.needs_accounts()
