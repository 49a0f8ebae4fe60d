"""Connections to SQLite stay open between questions, and see what a fresh one would see."""

import itertools
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import event

from arncnn.errors import StoreError
from arncnn.store import Store, database
from tests.store.made_up import ANNA, new_case


def _cases(store: Store) -> int:
    return len(store.cases.list(ANNA, limit=50).cases)


def test_a_hundred_questions_open_one_connection(store: Store) -> None:
    store.close()
    opened: list[object] = []
    event.listen(store.engine, "connect", lambda connection, _record: opened.append(connection))
    for number in range(50):
        store.cases.add_all(ANNA, [new_case(number)])
        assert _cases(store) == number + 1
    assert len(opened) == 1


def test_a_file_put_in_its_place_is_what_the_next_question_sees(
    store: Store, home: Path, tmp_path: Path
) -> None:
    file = home / "arncnn.sqlite"
    store.cases.add_all(ANNA, [new_case(1)])
    shutil.copy(file, tmp_path / "before")
    store.cases.add_all(ANNA, [new_case(2)])
    assert _cases(store) == 2
    os.replace(tmp_path / "before", file)
    assert _cases(store) == 1


def test_a_file_system_that_numbers_files_anew_is_worked_with(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = itertools.count()
    monkeypatch.setattr(database, "_identity", lambda _path: (0, next(numbers)))
    for number in range(3):
        store.cases.add_all(ANNA, [new_case(number)])
        assert _cases(store) == number + 1


def test_what_another_process_writes_is_seen_at_once(store: Store) -> None:
    assert _cases(store) == 0
    if (child := os.fork()) == 0:
        try:
            store.cases.add_all(ANNA, [new_case(3)])  # on a connection of its own
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert _cases(store) == 1


def test_a_file_that_is_gone_is_not_written_to(store: Store, home: Path) -> None:
    assert _cases(store) == 0
    (home / "arncnn.sqlite").unlink()
    with pytest.raises(StoreError):
        store.cases.add_all(ANNA, [new_case(4)])
