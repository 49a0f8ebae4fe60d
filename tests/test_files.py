"""Files that are whole or not there, whoever may read them, whatever kills the writer."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arncnn import files

OLD, NEW = b"old" * 1000, b"new" * 2_000_000
WRITER = """
import sys, pathlib
from arncnn.files import write_durably
content = b"new" * 2_000_000
print("ready", flush=True)
while True:
    write_durably(pathlib.Path(sys.argv[1]), content)
"""


def test_a_failed_write_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "record"
    files.write_durably(path, OLD)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_durably(path, NEW)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("is_private", "rights"), [(True, 0o600), (False, 0o644)])
def test_a_private_file_is_for_its_owner_and_another_follows_the_umask(
    tmp_path: Path, is_private: bool, rights: int
) -> None:
    before = os.umask(0o022)
    try:
        files.write_durably(tmp_path / "file", NEW, is_private=is_private)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == rights


@pytest.mark.attack
def test_a_killed_writer_leaves_a_whole_file_and_a_remnant_that_goes(tmp_path: Path) -> None:
    path, stranger = tmp_path / "state.npz", tmp_path / ".state.npz.of-somebody-else"
    path.write_bytes(OLD)
    stranger.touch()
    remnants = 0
    for _ in range(40):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.003)
            writer.kill()
        assert path.read_bytes() in (OLD, NEW)
        remnants = len(list(tmp_path.iterdir())) - 2
        if remnants:
            break
    assert remnants, "no kill fell into a write: the test shows nothing"
    files.remove_left_over(path)
    assert sorted(tmp_path.iterdir()) == sorted([path, stranger])
    assert path.read_bytes() in (OLD, NEW)


def test_private_folders_are_made_down_to_the_last(tmp_path: Path) -> None:
    files.make_private(tmp_path / "a" / "b")
    files.make_private(tmp_path / "a" / "b")
    assert all((tmp_path / name).stat().st_mode & 0o777 == 0o700 for name in ("a", "a/b"))


def test_what_is_appended_stands_behind_what_was_there(tmp_path: Path) -> None:
    files.append_durably(tmp_path / "journal", b"one\n")
    files.append_durably(tmp_path / "journal", b"two\n")
    assert (tmp_path / "journal").read_bytes() == b"one\ntwo\n"
