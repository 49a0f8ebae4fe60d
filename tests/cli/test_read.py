"""``read``: files, folders and ZIPs in order, as JSON lines or a table, resumable, bounded."""

import csv
import errno
import io
import json
import os
import threading
import weakref
from collections import Counter
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import numpy as np
import pytest

from arncnn import cli
from arncnn.inference import read_paths
from arncnn.inference.prepared import Prepared
from arncnn.inference.reader import Reader
from arncnn.inference.reading import Reading
from arncnn.intake import Item, delivery
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan
from tests import a_reading
from tests.intake import made


@pytest.fixture(autouse=True)
def _a_made_up_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is tested elsewhere."""

    def read(scans: list[Prepared]) -> list[Reading]:
        return [a_reading.build(kind=scan.kind, sha256=scan.sha256) for scan in scans]

    made_up = SimpleNamespace(read_prepared=read)
    monkeypatch.setattr(Reader, "open", classmethod(lambda cls, folder=None: made_up))


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Two files, a text, and a ZIP of two."""
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "1.png").write_bytes(made.picture(made.ramp(40, 48, 255).astype("uint8")))
    (folder / "2").write_bytes(made.dicom(made.ramp(40, 48)))
    (folder / "3.txt").write_text("Notes of a visit. " * 20)
    with ZipFile(folder / "4.zip", "w") as disc:
        disc.writestr("a.dcm", made.dicom(made.ramp(41, 48)))
        disc.writestr("b.dcm", b"")
    return folder


def _names(lines: list[dict]) -> list[str]:
    return [line["path"].rpartition("scans/")[2] for line in lines]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_file_has_its_line_in_order_whatever_the_number_of_workers(
    scans: Path, capsys: pytest.CaptureFixture[str], workers: str
) -> None:
    assert cli.main(["read", str(scans), "--jsonl", "--workers", workers]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert _names(lines) == ["1.png", "2", "3.txt", "4.zip!/a.dcm", "4.zip!/b.dcm"]
    assert [line["status"] for line in lines] == ["read", "read", "failed", "read", "failed"]
    assert [line["error"]["code"] for line in lines if line["error"]] == ["unknown_kind", "empty"]


def test_the_table_has_the_same_files(scans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["read", str(scans), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert _names(rows) == ["1.png", "2", "3.txt", "4.zip!/a.dcm", "4.zip!/b.dcm"]
    assert [row["label"] for row in rows] == ["Hand", "Hand", "", "Hand", ""]
    assert "unknown_kind" in rows[2]["error"]


def test_a_run_that_was_stopped_is_gone_on_with(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["read", str(scans)]) == 0
    whole = capsys.readouterr().out.splitlines(keepends=True)
    before = tmp_path / "before.jsonl"
    before.write_text("".join(whole[:2]) + whole[2][:40])
    assert cli.main(["read", str(scans), "--resume", str(before)]) == 0
    assert capsys.readouterr().out.splitlines(keepends=True) == whole[2:]


def test_what_disk_or_network_do_not_bring_is_tried_again_then_left_for_the_run_that_resumes(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES_S", (0.0, 0.0))
    before, left = os.open, Counter({"1.png": 2, "2": 100, "4.zip": 100})

    def fails(place: str | Path, *more: int, **named: int) -> int:
        if left[Path(place).name]:
            left[Path(place).name] -= 1
            raise OSError(errno.EIO, "Input/output error")
        return before(place, *more, **named)

    words = ["read", str(scans), str(tmp_path / "scans" / "gone.png")]
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", fails)
        assert cli.main(words) == 1
    told = capsys.readouterr()
    assert _names(list(map(json.loads, told.out.splitlines()))) == ["1.png", "3.txt"]
    assert "2 files could not be read: disk, network" in told.err
    assert f"1 file was not found: {scans / 'gone.png'}" in told.err and "--resume" in told.err
    rows = tmp_path / "rows.jsonl"
    rows.write_text(told.out)
    assert cli.main([*words, "--resume", str(rows)]) == 1
    told = capsys.readouterr()
    rest = list(map(json.loads, told.out.splitlines()))
    assert _names(rest) == ["2", "4.zip!/a.dcm", "4.zip!/b.dcm"]
    assert "could not be read" not in told.err and "gone.png" in told.err


def test_rows_of_older_versions_that_say_a_file_did_not_come_are_read_again(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.jsonl"
    codes = {"1.png": "undelivered", "2": "missing", "3.txt": "unknown_kind"}
    lines = [
        json.dumps(read_paths.failed(str(scans / name), refuse(code)))
        for name, code in codes.items()
    ]
    rows.write_text("\n".join(lines))
    assert cli.main(["read", str(scans), "--resume", str(rows)]) == 0
    found = _names(list(map(json.loads, capsys.readouterr().out.splitlines())))
    assert found == ["1.png", "2", "4.zip!/a.dcm", "4.zip!/b.dcm"]


def test_a_machine_that_cannot_start_the_decoder_says_so_and_fails_no_file(
    scans: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_PAUSES_S", ())
    failing = [Item(str(n), partial(_raise, refuse("sandbox"))) for n in range(3)]
    monkeypatch.setattr(read_paths, "expand", lambda paths, patience: failing)
    assert cli.main(["read", str(scans)]) == 1
    told = capsys.readouterr()
    assert not told.out and "3 files could not be read" in told.err
    assert "The protected decoder cannot be started here" in told.err


def _raise(reason: Exception) -> Scan:
    raise reason


def test_files_are_decoded_two_batches_ahead_at_most_and_no_picture_waits_with_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, read, ahead, pictures = [], [], [], []
    lock = threading.Lock()

    def opening(number: int) -> Scan:
        pixels = np.random.default_rng(number).uniform(0, 255, (64, 64)).astype(np.float32)
        scan = Scan(pixels, f"{number:064}", "png")
        with lock:
            started.append(weakref.ref(scan))
            ahead.append(len(started) - len(read))
            pictures.append(sum(each() is not None for each in started))
        return scan

    items = (Item(str(number), lambda number=number: opening(number)) for number in range(400))
    monkeypatch.setattr(read_paths, "expand", lambda paths, patience: items)
    for line in read_paths.read_paths(Reader.open(), [], workers=2):
        read.append(line)
    assert [line["path"] for line in read] == [str(number) for number in range(400)]
    assert max(ahead) <= 4 * read_paths.BATCH
    assert max(pictures) <= 4, "a picture is let go as soon as it has been looked at"


def test_a_file_whose_values_reach_too_far_has_its_line_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    far = np.linspace(-3e38, 3e38, 64 * 64, dtype=np.float32).reshape(64, 64)
    items = [
        Item(str(number), lambda pixels=pixels: Scan(pixels, "0" * 64, "png"))
        for number, pixels in enumerate((np.eye(64, dtype="f4"), far, np.eye(64, dtype="f4")))
    ]
    monkeypatch.setattr(read_paths, "expand", lambda paths, patience: items)
    lines = list(read_paths.read_paths(Reader.open(), []))
    assert [line["status"] for line in lines] == ["read", "failed", "read"]
    assert lines[1]["error"]["code"] == "no_values"
