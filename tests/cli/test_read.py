"""``read``: files, folders and ZIPs in order, as JSON lines or a table, resumable, bounded."""

import csv
import io
import json
import threading
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import pytest

from arncnn import cli
from arncnn.inference import read_paths
from arncnn.inference.reader import Reader
from arncnn.intake import Item
from arncnn.intake.scan import Scan
from tests import a_reading
from tests.intake import made


@pytest.fixture(autouse=True)
def _a_made_up_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is tested elsewhere."""

    def read(scan: Scan) -> object:
        return a_reading.build(kind=scan.kind, sha256=scan.sha256)

    monkeypatch.setattr(
        Reader, "open", classmethod(lambda cls, folder=None: SimpleNamespace(read=read))
    )


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


def test_only_a_few_files_are_decoded_ahead_of_the_one_that_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened, read, ahead = [], [], []
    lock = threading.Lock()

    def opening(number: int) -> object:
        with lock:
            opened.append(number)
            ahead.append(len(opened) - len(read))
        return SimpleNamespace(kind="png", sha256=f"{number:064}")

    items = (Item(str(number), lambda number=number: opening(number)) for number in range(200))
    monkeypatch.setattr(read_paths, "expand", lambda paths: items)
    reader = Reader.open()
    for line in read_paths.read_paths(reader, [], workers=2):
        read.append(line)
    assert [line["path"] for line in read] == [str(number) for number in range(200)]
    assert max(ahead) <= 4 * 2 + 2
