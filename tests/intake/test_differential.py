"""Every picture that the test packages ship has the pixels that another decoder gives it.

``oracle`` says with which, and why a file cannot be compared. What differs on purpose is listed
here with its reason. ``make differential FOLDER=...`` does the same for a folder one names.
"""

from collections import Counter
from pathlib import Path

import pydicom.data
import pytest
from nibabel.testing import data_path

from tests.intake import oracle

# The end of a file's path: why its pixels or its display differ from the other decoder's
DIFFERS: dict[str, str] = {}
_DICOM = Path(pydicom.data.__file__).parent
_DOWNLOADED = Path.home() / ".pydicom" / "data"  # by pydicom-data, where somebody has it
FOLDERS = {
    "pydicom": (_DICOM / "test_files", 75),
    "palettes": (_DICOM / "palettes", 0),
    "pydicom-data": (_DOWNLOADED, 0),
    "nibabel": (Path(data_path), 8),
}


@pytest.mark.parametrize("package", FOLDERS)
def test_every_shipped_picture_has_the_pixels_of_another_decoder(
    package: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, least = FOLDERS[package]
    outcomes: Counter[str] = Counter()
    wrong = []
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        for name, outcome in oracle.found(path) if path.is_file() else ():
            outcomes[f"{name} {outcome}"] += 1
            if oracle.is_wrong(outcome) and not any(str(path).endswith(end) for end in DIFFERS):
                wrong.append(f"{path.name}: {name} {outcome}")
    with capsys.disabled():
        for outcome, count in outcomes.most_common(4):
            print(f"\n  {package}: {count:4} {outcome}", end="")
    assert wrong == []
    same = sum(count for outcome, count in outcomes.items() if outcome.endswith(" same"))
    shown = sum(count for outcome, count in outcomes.items() if outcome == "shown same")
    assert same >= (least if shown else least // 2), "too little was compared to say anything"


def test_a_difference_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes((_DICOM / "test_files" / "MR_small.dcm").read_bytes())
    monkeypatch.setattr(oracle, "open_scan", _one_more)
    outcomes = dict(oracle.found(path))
    assert outcomes["values"] == "off by up to 1"
    assert oracle.is_wrong(outcomes["values"])


def _one_more(path: Path) -> object:
    from dataclasses import replace

    from arncnn.intake import open_scan

    scan = open_scan(path)
    return replace(scan, pixels=scan.pixels + 1)
