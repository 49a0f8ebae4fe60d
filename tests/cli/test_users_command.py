"""``python -m arncnn users``: accounts without a browser."""

import json
import time

import pytest

from arncnn.cli import main
from arncnn.store import LOCAL_USER, Role, Store
from arncnn.store.users import Identity
from arncnn.store.verify import verify

ADA = "ada@clinic.example"


@pytest.fixture
def store(home):
    opened = Store.open()
    for name in (ADA, "bert@clinic.example"):
        now = time.time()
        opened.users.sign_in(Identity("https://login.example", name, name, True, now + 3600, now))
    yield opened
    opened.close()


def _run(capsys, *words: str) -> tuple[int, list[dict], str]:
    code = main(["users", *words])
    told = capsys.readouterr()
    return code, [json.loads(line) for line in told.out.splitlines()], told.err


def test_roles_are_given_and_taken_and_audited(store: Store, capsys) -> None:
    code, (line,), _ = _run(capsys, "change", "Ada@Clinic.example", "--roles", "admin,viewer")
    assert (code, line["name"], line["roles"]) == (0, ADA, ["viewer", "admin"])
    code, (line,), _ = _run(capsys, "change", line["id"], "--roles", "admin")
    assert line["roles"] == ["admin"]
    _, lines, _ = _run(capsys, "list")
    assert [each["name"] for each in lines] == [ADA, "bert@clinic.example"]
    assert all(each["seen_at"] for each in lines)
    entry = store.audit.entries(LOCAL_USER).entries[0]
    assert (entry.action, entry.actor) == ("user.change", "local user")
    assert entry.detail["roles"] == "admin"
    assert verify(store, LOCAL_USER).is_intact


def test_an_account_is_switched_off_and_on_but_never_the_last_admin(store: Store, capsys) -> None:
    _, (line,), _ = _run(capsys, "change", ADA, "--off")
    assert line["is_active"] is False
    _, (line,), _ = _run(capsys, "change", ADA, "--on", "--roles", "admin")
    assert line["is_active"] is True
    for change in (["--off"], ["--roles", "viewer"], ["--roles", ""]):
        code, _, said = _run(capsys, "change", ADA, *change)
        assert code == 2 and "administrator must remain" in said
    (ada, _) = store.users.list(LOCAL_USER)
    assert ada.is_active and ada.roles == {Role.ADMIN}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["change", ADA], "Specify what to change"),
        (["change", "eve@clinic.example", "--off"], "no such account"),
        (["change", ADA, "--roles", "king"], "The roles are viewer,"),
        (["give-up-accounts"], "every role"),
    ],
)
def test_what_cannot_be_done_ends_in_a_sentence(
    store: Store, capsys, words: list[str], sentence: str
) -> None:
    code, lines, said = _run(capsys, *words)
    assert (code, lines) == (2, [])
    assert sentence in said


def test_accounts_are_given_up_on_purpose_only(store: Store, capsys) -> None:
    assert store.users.needs_accounts()
    assert _run(capsys, "give-up-accounts", "--yes")[0] == 0
    assert not store.users.needs_accounts()
