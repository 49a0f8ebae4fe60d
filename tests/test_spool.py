"""The spool: random names, quotas, and nothing left when the session goes."""

import gc
import io
import os
import time
from pathlib import Path

import pytest

from arncnn import spool
from arncnn.errors import IntakeError
from arncnn.spool import Spool


def test_a_spooled_name_never_becomes_a_path(home: Path) -> None:
    place = Spool()
    kept = place.add(io.BytesIO(b"pixels"), "../../etc/passwd", 6)
    assert kept.path.parent == place.folder
    assert "passwd" not in kept.path.name
    assert kept.path.read_bytes() == b"pixels"


def test_an_upload_over_the_quota_is_refused_before_it_is_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MAX_UPLOAD_BYTES", 10)
    place = Spool()
    with pytest.raises(IntakeError, match="Upload it in parts"):
        place.add(io.BytesIO(b"x" * 11), "a.png", 11)
    assert list(place.folder.iterdir()) == []


def test_a_session_has_a_quota_over_all_its_uploads(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MAX_SESSION_BYTES", 10)
    place = Spool()
    place.add(io.BytesIO(b"x" * 6), "a.png", 6)
    with pytest.raises(IntakeError, match="start a new session"):
        place.add(io.BytesIO(b"x" * 6), "b.png", 6)


def test_the_folder_goes_with_the_last_reference(home: Path) -> None:
    place = Spool()
    folder = place.folder
    place.add(io.BytesIO(b"x"), "a.png", 1)
    del place
    gc.collect()
    assert not folder.exists()


def test_what_a_crash_left_behind_is_removed_after_a_day(home: Path) -> None:
    old, recent = Spool().folder.parent / "old", Spool().folder.parent / "recent"
    for folder in (old, recent):
        folder.mkdir()
        (folder / "upload").write_bytes(b"x")
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    Spool()
    assert not old.exists()
    assert recent.exists()
