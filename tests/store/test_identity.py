"""One folder, one database: whatever else is put beside kept files is refused."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from arncnn.errors import StoreError
from arncnn.store import Store
from arncnn.store.backup import backup, restore
from arncnn.store.identity import FILE, kept_files, of_folder, write
from arncnn.store.verify import verify
from tests.store.made_up import ADA, ANNA, new_case
from tests.store.test_backup import arncnn_store
from tests.store.together import together

pytestmark = pytest.mark.attack


@pytest.fixture
def kept(store: Store) -> Store:
    """A store with three cases."""
    store.cases.add_all(ANNA, [new_case(number) for number in range(3)])
    return store


def _row(file: Path) -> str | None:
    with sqlite3.connect(file) as raw:
        found = raw.execute("SELECT hash FROM anchors WHERE name = 'store'").fetchone()
    return found and found[0]


def _forget_identity(home: Path) -> None:
    """What a store looks like that was last opened before stores had an id."""
    (home / FILE).unlink()
    with sqlite3.connect(home / "arncnn.sqlite") as raw:
        raw.execute("DELETE FROM anchors WHERE name = 'store'")


def test_folder_and_database_of_a_new_store_carry_one_id(store: Store, home: Path) -> None:
    assert of_folder(home) == _row(home / "arncnn.sqlite") is not None
    Store.open().close()


def test_processes_that_open_a_new_store_at_once_agree_on_its_id(
    home: Path, tmp_path: Path
) -> None:
    together("Store.open().close()", 3, tmp_path)
    assert of_folder(home) == _row(home / "arncnn.sqlite")


@pytest.mark.parametrize("words", [("retention", "--days", "1"), ("verify",), ("audit",)])
def test_an_empty_database_beside_kept_files_is_refused_by_every_command(
    kept: Store, home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    before = kept_files(kept)
    other = f"sqlite:///{tmp_path / 'wrong.sqlite'}"
    ran = arncnn_store(home, *words, ARNCNN_DATABASE=other)
    assert ran.returncode != 0
    assert "The database is empty, but ARNCNN_HOME holds stored images or models" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert kept_files(kept) == before
    with pytest.raises(StoreError, match="database is empty"):
        Store.open(other)
    Store.open().close()


def test_another_stores_database_beside_kept_files_is_refused(
    kept: Store, home: Path, tmp_path: Path
) -> None:
    other = Store.open(f"sqlite:///{tmp_path / 'o.sqlite'}", folder=tmp_path / "other")
    other.cases.add(ANNA, new_case(7))
    other.close()
    before = kept_files(kept)
    for url in (f"sqlite:///{tmp_path / 'o.sqlite'}", None):
        folder = home if url else tmp_path / "other"
        with pytest.raises(StoreError, match="two different stores"):
            Store.open(url, folder=folder)
    assert kept_files(kept) == before


def test_a_home_that_changes_below_an_open_store_is_not_swept(kept: Store, home: Path) -> None:
    kept.blobs.put(b"another store's")
    write(home, "ab" * 32)
    with pytest.raises(StoreError, match="two different stores"):
        kept.cases.sweep(ADA)
    assert len(kept_files(kept)) == 7


def test_an_older_store_gets_its_id_at_its_next_opening(kept: Store, home: Path) -> None:
    _forget_identity(home)
    Store.open().close()
    assert of_folder(home) == _row(home / "arncnn.sqlite") is not None
    assert kept.cases.sweep(ADA) == 0


def test_an_older_database_beside_files_that_it_does_not_name_gets_none(
    kept: Store, home: Path
) -> None:
    _forget_identity(home)
    for path in list((home / "cases").glob("??/*")):
        path.unlink()
    for number in range(9):
        kept.blobs.put(f"another store's {number}".encode())
    with pytest.raises(StoreError, match="two different stores"):
        Store.open()
    assert len(kept_files(kept)) == 9


def test_an_opening_that_was_killed_between_folder_and_database_is_gone_on_with(
    kept: Store, home: Path
) -> None:
    identity = of_folder(home)
    _forget_identity(home)
    write(home, identity)
    Store.open().close()
    assert _row(home / "arncnn.sqlite") == identity


def test_a_home_without_files_takes_the_database_that_is_named(home: Path, tmp_path: Path) -> None:
    Store.open().close()
    url = f"sqlite:///{tmp_path / 'second.sqlite'}"
    second = Store.open(url)
    second.cases.add(ANNA, new_case(1))
    assert of_folder(home) == _row(tmp_path / "second.sqlite")
    second.close()
    with pytest.raises(StoreError, match="database is empty"):
        Store.open()  # the first one, which would name none of the files
    Store.open(url).close()


@pytest.mark.parametrize("content", [b"", b"no id", b"\xff" * 64, b"AB" * 32])
def test_a_damaged_id_is_told_in_a_sentence(kept: Store, home: Path, content: bytes) -> None:
    (home / FILE).write_bytes(content)
    with pytest.raises(StoreError, match=r"store\.id in ARNCNN_HOME (is damaged|cannot be read)"):
        Store.open()


def test_a_backup_restores_beside_a_copied_home_and_takes_its_id_along(
    kept: Store, home: Path, tmp_path: Path
) -> None:
    backup(kept, ADA, tmp_path / "backup.tar")
    shutil.copytree(home, tmp_path / "copy")
    (tmp_path / "copy" / "arncnn.sqlite").unlink()
    ran = arncnn_store(tmp_path / "copy", "restore", str(tmp_path / "backup.tar"))
    assert json.loads(ran.stdout)["is_intact"] is True, ran.stderr
    assert of_folder(tmp_path / "copy") == of_folder(home) == _row(tmp_path / "copy/arncnn.sqlite")
    assert arncnn_store(tmp_path / "copy", "verify").returncode == 0


def test_a_restore_into_an_empty_store_takes_the_id_over(
    kept: Store, home: Path, tmp_path: Path
) -> None:
    backup(kept, ADA, tmp_path / "backup.tar")
    new = Store.open(f"sqlite:///{tmp_path / 'n.sqlite'}", folder=tmp_path / "new")
    assert of_folder(tmp_path / "new") != of_folder(home)
    assert restore(new, ADA, tmp_path / "backup.tar").is_intact
    assert of_folder(tmp_path / "new") == of_folder(home) == _row(tmp_path / "n.sqlite")
    assert verify(new, ADA).is_intact


def test_a_killed_restore_is_refused_by_all_but_the_next_restore(
    kept: Store, home: Path, tmp_path: Path
) -> None:
    backup(kept, ADA, tmp_path / "backup.tar")
    shutil.copytree(home / "cases", tmp_path / "new" / "cases")  # it got as far as the files
    write(tmp_path / "new", of_folder(home))
    assert "database is empty" in arncnn_store(tmp_path / "new", "verify").stderr
    ran = arncnn_store(tmp_path / "new", "restore", str(tmp_path / "backup.tar"))
    assert ran.returncode == 0, ran.stderr
    assert arncnn_store(tmp_path / "new", "verify").returncode == 0


def test_a_backup_is_not_restored_beside_files_of_another_store(
    kept: Store, tmp_path: Path
) -> None:
    backup(kept, ADA, tmp_path / "backup.tar")
    other = Store.open(f"sqlite:///{tmp_path / 'o.sqlite'}", folder=tmp_path / "other")
    other.blobs.put(b"somebody's")
    before = of_folder(tmp_path / "other")
    with pytest.raises(StoreError, match="files of another store"):
        restore(other, ADA, tmp_path / "backup.tar")
    assert of_folder(tmp_path / "other") == before
    assert len(kept_files(other)) == 1


def test_verify_tells_of_files_that_no_row_names(kept: Store, tmp_path: Path) -> None:
    name = kept.blobs.put(b"left behind")
    model = "ab" * 32
    (kept.folder / "models" / model).mkdir(parents=True)
    found = verify(kept, ADA)
    assert found.is_intact  # a crash leaves such files, and no record is harmed
    assert found.orphans == tuple(sorted((name, model)))
    assert verify(kept, ADA, files=False).orphans == ()
