"""The spool: random names, quotas, and no accepted file lost before it has been read."""

import gc
import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from arncnn.errors import IntakeError
from arncnn.uploads import spool
from arncnn.uploads.spool import Given, Spool, Upload

pytestmark = pytest.mark.attack

ANNA = "anna"
ROOT = Path(__file__).resolve().parents[2]


def _waiting(place: Spool, owner: str = ANNA) -> Upload | None:
    return next(place.waiting(owner), None)


def _given(content: bytes = b"pixels", name: str = "a.png") -> Given:
    return Given(io.BytesIO(content), name, len(content))


def _files(home: Path) -> list[Path]:
    return [path for path in (home / "spool").rglob("*") if path.is_file()]


def test_a_spooled_name_never_becomes_a_path(home: Path) -> None:
    upload = Spool().add(ANNA, [_given(name="../../etc/passwd")])
    assert [item.label for item in upload.items] == ["../../etc/passwd"]
    assert not any("passwd" in path.name for path in _files(home))
    assert b"pixels" in [path.read_bytes() for path in upload.folder.iterdir()]


def test_an_upload_over_the_quota_is_refused_before_it_is_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MAX_UPLOAD_BYTES", 10)
    with pytest.raises(IntakeError, match="Upload it in parts"):
        Spool().add(ANNA, [_given(b"x" * 6), _given(b"x" * 6)])
    assert _files(home) == []


def test_what_waits_counts_towards_a_quota_and_what_was_read_makes_room(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MAX_SESSION_BYTES", 500)
    place = Spool()
    first = place.add(ANNA, [_given(b"x" * 300)])
    with pytest.raises(IntakeError, match="waiting to be read"):
        place.add(ANNA, [_given(b"x" * 300)])
    assert place.add("bert", [_given(b"x" * 300)]).is_working, "another person has a quota too"
    first.record("case", None)
    assert place.add(ANNA, [_given(b"x" * 300)]).is_working
    assert not first.folder.exists()


def test_an_upload_is_found_again_with_what_was_read_of_it_by_its_owner_only(home: Path) -> None:
    upload = Spool().add(ANNA, [_given(name=f"{number}.png") for number in range(3)])
    upload.record("abc", None)
    upload.record(None, "It is damaged.")
    del upload
    gc.collect()
    again = Spool()  # as after a restart
    assert _waiting(again, "bert") is None
    found = _waiting(again)
    assert [outcome.name for outcome in found.outcomes] == ["0.png", "1.png"]
    assert found.case_ids == ("abc",)
    assert found.failures[0].sentence == "It is damaged."
    assert found.next_item.label == "2.png"
    assert _waiting(again) is found, "all sessions of a person share it"
    found.record("def", None)
    assert _waiting(again) is None


def test_an_outcome_that_a_crash_cut_short_is_read_again(home: Path) -> None:
    upload = Spool().add(ANNA, [_given(), _given()])
    upload.record("abc", None)
    with (upload.folder / "outcomes.jsonl").open("ab") as journal:
        journal.write(b'{"case": "de')
    found = _waiting(Spool())
    assert len(found.outcomes) == 1
    found.record("def", None)
    assert not found.is_working
    assert _waiting(Spool()) is None


def test_an_upload_that_was_not_wholly_taken_is_not_offered(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(IntakeError, match="No space left"):
        Spool().add(ANNA, [_given(), Given(Full(), "b.png", 1)])
    assert _waiting(Spool()) is None
    assert _files(home) == []


def test_a_cancelled_upload_and_an_empty_one_do_not_wait(home: Path) -> None:
    place = Spool()
    place.add(ANNA, [_given(), _given()]).cancel()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("__MACOSX/clutter", b"x")
    assert not place.add(ANNA, [_given(packed.getvalue())]).is_working
    gc.collect()
    assert _waiting(place) is None


def test_the_newest_upload_is_read_first_and_the_older_one_after_it(home: Path) -> None:
    place = Spool()
    older = place.add(ANNA, [_given()])
    newer = place.add(ANNA, [_given()])
    assert list(place.waiting(ANNA)) == [newer, older]
    newer.record("abc", None)
    assert _waiting(place) is older


def test_files_go_with_the_last_reference_once_they_are_read(home: Path) -> None:
    place = Spool()
    waiting, read = (place.add(ANNA, [_given()]) for _ in range(2))
    read.record("abc", None)
    folders = waiting.folder, read.folder
    del waiting, read
    gc.collect()
    assert [folder.exists() for folder in folders] == [True, False]


def test_what_nobody_read_is_removed_after_a_day(home: Path) -> None:
    place = Spool()
    old, recent = place.add(ANNA, [_given()]), place.add(ANNA, [_given()])
    os.utime(old.folder, (time.time() - 2 * 86_400,) * 2)
    Spool()
    assert not old.folder.exists()
    assert recent.folder.exists()


_DASHBOARD = """
import io, os, signal, sys
from arncnn.uploads.spool import Given, Spool
spool = Spool()
given = [Given(io.BytesIO(name.encode()), name, 1) for name in ("a.png", "b.png")]
uploads = [spool.add("anna", given) for _ in range(4)]
over, cut, open_still, waiting = uploads
over.record("abc", None), over.record("def", None)
cut.record("abc", None), cut.record("def", None)
(cut.folder / "over").unlink()  # as when the kill comes between the outcome and its note
open_still.record("abc", None), open_still.record("def", None)
waiting.record("abc", None)
half = spool._place("anna") / "half"
half.mkdir()
(half / "0123").write_bytes(b"pixels")
print(*(each.folder for each in uploads), half, flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.attack
def test_a_start_removes_what_a_killed_dashboard_had_read_and_nothing_of_a_living_one(
    home: Path,
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _DASHBOARD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    over, cut, open_still, waiting, half = map(Path, process.stdout.readline().split())
    beside = Spool()  # another dashboard starts beside it
    assert over.exists() and open_still.exists() and waiting.exists() and half.exists()
    process.stdin.close()
    assert process.wait(60) == -signal.SIGKILL
    del beside
    gc.collect()
    again = Spool()
    assert [each.exists() for each in (over, cut, open_still, half)] == [False] * 4
    assert _waiting(again).folder == waiting


@pytest.mark.attack
def test_what_has_no_other_frame_goes_as_soon_as_it_is_read(home: Path) -> None:
    upload = Spool().add(ANNA, [_given(), _given()])
    upload.record("abc", None, has_frames=False)
    assert upload.folder.exists()
    upload.record(None, "It is damaged.")
    assert _files(home) == [] and not upload.is_working
    assert upload.account() == "2 files: 1 read, 1 not readable."
    upload.cancel()  # a press that comes late does no harm


@pytest.mark.attack
def test_two_dashboards_on_one_home_read_each_file_once(home: Path) -> None:
    names = [f"{number}.png" for number in range(20)]
    one, other = Spool(), Spool()
    upload = one.add(ANNA, [_given(name=name) for name in names])
    seen: list[str] = []

    def read(mine: Upload) -> None:
        is_left = True
        while is_left:
            with mine.turn() as is_left:
                if is_left:
                    seen.append(mine.next_item.label)
                    mine.record("abc", None, has_frames=False)

    readers = [threading.Thread(target=read, args=[each]) for each in (upload, _waiting(other))]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    assert seen == names
    assert not upload.folder.exists()
