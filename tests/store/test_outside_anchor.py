"""What a file outside the store knows of the chain: a rolled-back database is noticed."""

import json
import shutil
from pathlib import Path

import pytest

from arncnn.store import Store, outside_anchor
from arncnn.store.backup import backup, restore
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, new_case

pytestmark = pytest.mark.attack


@pytest.fixture
def anchor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "elsewhere.jsonl"
    monkeypatch.setenv("ARNCNN_ANCHOR", str(file))
    return file


def _lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_rolled_back_database_is_noticed(store: Store, home: Path, anchor: Path) -> None:
    store.cases.add(ANNA, new_case(1))
    assert verify(store, ADA).is_intact
    shutil.copy(home / "arncnn.sqlite", home / "old.sqlite")
    store.cases.add(ANNA, new_case(2))
    assert verify(store, ADA).is_intact
    shutil.copy(home / "old.sqlite", home / "arncnn.sqlite")
    found = verify(store, ADA)
    assert any("rolled back: ARNCNN_ANCHOR knows lines up to 2" in p for p in found.problems)
    store.cases.add(ANNA, new_case(3))  # another second line
    problems = verify(store, ADA).problems
    assert problems == ("Line 2 is not the one that ARNCNN_ANCHOR knows.",)
    assert len(_lines(anchor)) == 2  # what is wrong is not noted


def test_without_the_variable_nothing_is_written(store: Store, tmp_path: Path) -> None:
    outside_anchor.note(store)
    assert verify(store, ADA).is_intact
    assert not (tmp_path / "elsewhere.jsonl").exists()


def test_the_head_is_noted_daily_and_at_every_verify(
    store: Store, anchor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(outside_anchor.time, "time", lambda: now)
    for hours, expected in ((0, 1), (1, 1), (23, 1), (25, 2), (0, 3), (1, 3)):
        now = 1_000_000.0 + 3600 * hours
        outside_anchor.note(store, is_daily=True)
        assert len(_lines(anchor)) == expected, hours
    store.cases.add(ANNA, new_case(1))
    verify(store, ADA)
    assert _lines(anchor)[-1]["line"] == 1
    assert _lines(anchor)[-1]["hash"] == store.audit.head(ADA)[1]


def test_a_line_that_was_torn_off_spoils_no_other(store: Store, anchor: Path) -> None:
    verify(store, ADA)
    with anchor.open("ab") as file:
        file.write(b'{"at": 1, "sto')
    assert verify(store, ADA).is_intact
    assert len(outside_anchor.known_heads(_lines_of(anchor)[0]["store"])) == 1
    assert verify(store, ADA).is_intact


def _lines_of(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines() if line.endswith("}")]


def test_an_anchor_that_cannot_be_written_is_told(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_ANCHOR", str(tmp_path / "no such folder" / "anchor"))
    assert "ARNCNN_ANCHOR cannot be written" in verify(store, ADA).problems[0]
    monkeypatch.setenv("ARNCNN_ANCHOR", str(tmp_path))
    assert "ARNCNN_ANCHOR cannot be read" in verify(store, ADA).problems[0]


def test_several_stores_share_one_file(store: Store, anchor: Path, tmp_path: Path) -> None:
    other = Store.open(f"sqlite:///{tmp_path / 'o.sqlite'}", folder=tmp_path / "other")
    other.cases.add_all(ANNA, [new_case(number) for number in range(3)])
    assert verify(other, ADA).is_intact
    assert verify(store, ADA).is_intact
    assert verify(other, ADA).is_intact


def test_a_restored_backup_is_no_rolled_back_database(
    store: Store, anchor: Path, tmp_path: Path
) -> None:
    store.cases.add(ANNA, new_case(1))
    backup(store, ADA, tmp_path / "backup.tar")
    store.cases.add_all(ANNA, [new_case(number) for number in range(2, 6)])
    assert verify(store, ADA).is_intact
    new = Store.open(f"sqlite:///{tmp_path / 'n.sqlite'}", folder=tmp_path / "new")
    assert restore(new, ADA, tmp_path / "backup.tar").is_intact
    assert verify(new, ADA).is_intact
    new.cases.add(ANNA, new_case(9))
    assert verify(new, ADA).is_intact
    assert not verify(store, ADA).is_intact  # the one that was given up
