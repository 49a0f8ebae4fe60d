import pytest

from arncnn.errors import PermissionDenied, UsageError
from arncnn.store import Role, Store
from arncnn.store.roles import LOCAL_USER
from arncnn.store.users import Identity
from arncnn.store.verify import verify

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
    unproven = store.users.sign_in(_identity(verified=False, subject="impostor"), now=NOW)
    assert store.users.resume(unproven, now=NOW).roles == frozenset()
    ada = store.users.sign_in(_identity("ADA@clinic.example"), now=NOW)
    assert store.users.resume(ada, now=NOW).roles == {Role.ADMIN}
    monkeypatch.setenv("ARNCNN_FIRST_ADMIN", "eve@clinic.example")
    eve = store.users.sign_in(_identity("eve@clinic.example"), now=NOW)
    assert store.users.resume(eve, now=NOW).roles == frozenset()


def test_the_same_person_is_one_account_and_another_providers_is_not(store: Store) -> None:
    first = store.users.sign_in(_identity(), now=NOW)
    again = store.users.sign_in(_identity(), now=NOW + 1)
    other = store.users.sign_in(_identity(issuer="https://elsewhere.example"), now=NOW)
    assert first.user_id == again.user_id != other.user_id
    assert len(store.users.list(LOCAL_USER)) == 2


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
    assert store.users.list(ada)[0].roles == {Role.ADMIN}


@pytest.mark.parametrize("missing", [{"subject": ""}, {"issuer": ""}, {"email": " "}])
def test_a_token_that_names_nobody_is_refused(store: Store, missing: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="did not say who you are"):
        store.users.sign_in(_identity(**missing), now=NOW)
