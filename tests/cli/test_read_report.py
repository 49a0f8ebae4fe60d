"""``read --sr`` writes a structured report of one DICOM file, or says why there is none."""

import json
import stat
from pathlib import Path
from types import SimpleNamespace

import pydicom.examples
import pytest
from highdicom.sr import srread

from arncnn import cli
from arncnn.inference.reader import Reader
from arncnn.samples.catalogue import FOLDER
from tests import a_reading

CT = Path(pydicom.examples.get_path("ct"))


@pytest.fixture(autouse=True)
def _a_made_up_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is tested elsewhere."""

    def read(scan):
        return a_reading.build(kind=scan.kind, sha256=scan.sha256)

    monkeypatch.setattr(
        Reader, "open", classmethod(lambda cls, folder=None: SimpleNamespace(read=read))
    )


def test_the_report_is_written_and_the_reading_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.dcm"
    assert cli.main(["read", str(CT), "--sr", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["path"], told["label"]) == (str(CT), "Hand")
    report = srread(out)
    assert report.StudyInstanceUID == pydicom.dcmread(CT).StudyInstanceUID


@pytest.mark.parametrize(
    ("paths", "code", "sentence"),
    [
        ([FOLDER / "Hand.png"], 1, "Only a DICOM file"),
        ([CT, CT], 2, "exactly one"),
        ([CT.parent], 2, "exactly one"),
    ],
    ids=["a picture", "two files", "a folder"],
)
def test_what_has_no_report_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], paths, code: int, sentence: str
) -> None:
    out = tmp_path / "report.dcm"
    assert cli.main(["read", *map(str, paths), "--sr", str(out)]) == code
    assert sentence in capsys.readouterr().err
    assert not out.exists()


def test_no_file_is_written_over_and_the_report_is_for_its_owners_eyes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan, out = tmp_path / "scan.dcm", tmp_path / "report.dcm"
    scan.write_bytes(CT.read_bytes())
    assert cli.main(["read", str(scan), "--sr", str(scan)]) == 2
    assert "already" in capsys.readouterr().err
    assert scan.read_bytes() == CT.read_bytes()
    assert cli.main(["read", str(scan), "--sr", str(out), "--csv"]) == 2
    assert cli.main(["read", str(scan), "--sr", str(out)]) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
