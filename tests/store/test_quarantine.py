"""What is deleted goes at once; what merely nobody names waits for a week."""

import shutil
from pathlib import Path

import pytest

from arncnn.store import Store
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, new_case

pytestmark = pytest.mark.attack
DAY = 86_400.0


def test_files_that_no_case_names_are_kept_in_quarantine_for_a_week(store: Store) -> None:
    case = store.cases.add(ANNA, new_case(1))
    name = store.blobs.put(b"left behind")
    assert store.cases.sweep(ADA, now=0.0) == 1
    assert list(store.quarantine.names()) == [name]
    assert store.quarantine.get(name) == b"left behind"
    assert store.cases.sweep(ADA, now=6.9 * DAY) == 0
    assert list(store.quarantine.names()) == [name]
    store.cases.sweep(ADA, now=7.1 * DAY)
    assert list(store.quarantine.names()) == []
    assert store.cases.pixels(ANNA, case.id)


def test_what_was_quarantined_by_mistake_comes_back(store: Store, home: Path) -> None:
    store.cases.add(ANNA, new_case(1))
    shutil.copy(home / "arncnn.sqlite", home / "rolled-back.sqlite")
    late = store.cases.add(ANNA, new_case(2))
    shutil.copy(home / "arncnn.sqlite", home / "right.sqlite")
    shutil.copy(home / "rolled-back.sqlite", home / "arncnn.sqlite")
    assert store.cases.sweep(ADA) == 2
    shutil.copy(home / "right.sqlite", home / "arncnn.sqlite")
    assert not verify(store, ADA).is_intact
    assert store.cases.sweep(ADA) == 0
    assert verify(store, ADA).is_intact
    assert store.cases.pixels(ANNA, late.id)


@pytest.mark.parametrize("how", ["delete", "expire"])
def test_files_of_a_deletion_that_was_killed_go_at_once_not_into_quarantine(
    store: Store, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    case = store.cases.add(ANNA, new_case(1))

    def killed(*_arguments) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store.cases, "_remove", killed)
    with pytest.raises(KeyboardInterrupt):
        if how == "delete":
            store.cases.delete(ANNA, case.id)
        else:
            store.cases.expire(ADA, days=1, now=case.created_at + 2 * DAY)
    assert len(list(store.blobs.names())) == 2
    assert store.cases.sweep(ADA) == 2
    assert list(store.blobs.names()) == list(store.quarantine.names()) == []
