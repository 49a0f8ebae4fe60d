"""Batches: files, folders and ZIPs in order, every one accounted for, none stopping the rest."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from arncnn.errors import IntakeError
from arncnn.intake import expand, open_bytes, open_scan
from tests.intake import made

PICTURE = made.picture(made.ramp(high=255).astype(np.uint8))


def outcome(item: object) -> str:
    try:
        return item.open().kind  # type: ignore[attr-defined]
    except IntakeError as error:
        return error.code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "disc"
    (top / "series").mkdir(parents=True)
    for number in (10, 2, 1):
        (top / "series" / f"slice{number}.dcm").write_bytes(made.dicom())
    (top / "a.txt").write_text("no picture")
    (top / "b").write_bytes(PICTURE)  # no ending
    (top / ".hidden").write_bytes(PICTURE)
    (top / "__MACOSX").mkdir()
    (top / "__MACOSX" / "x.png").write_bytes(PICTURE)
    (top / "c.png").symlink_to("/etc/passwd")
    os.mkfifo(top / "d.dcm")
    with zipfile.ZipFile(top / "e.zip", "w") as packed:
        packed.writestr("one.png", PICTURE)
        packed.writestr("../two.png", PICTURE)
        packed.writestr("__MACOSX/._one.png", b"x")
        packed.writestr("in/.DS_Store", b"x")
        packed.writestr("in/three.zip", b"PK\x05\x06" + bytes(18))
        packed.writestr("in/empty.dcm", b"")
    return top


def test_every_file_is_accounted_for_in_order(folder: Path, tmp_path: Path) -> None:
    found = list(expand([folder, tmp_path / "missing.dcm"]))
    labels = [item.label.removeprefix(f"{folder}/") for item in found]
    outcomes = dict(zip(labels, map(outcome, found), strict=True))
    assert outcomes == {
        "a.txt": "unknown_kind",
        "b": "png",
        "c.png": "link",
        "d.dcm": "not_a_file",
        "e.zip!/one.png": "png",
        "e.zip!/../two.png": "archive_path",
        "e.zip!/in/three.zip": "archive_nested",
        "e.zip!/in/empty.dcm": "empty",
        "series/slice1.dcm": "dicom",
        "series/slice2.dcm": "dicom",
        "series/slice10.dcm": "dicom",
        str(tmp_path / "missing.dcm"): "missing",
    }
    assert labels == list(outcomes)


def test_an_item_opens_more_than_once_and_equals_the_single_file(folder: Path) -> None:
    (item,) = [item for item in expand([folder / "e.zip"]) if item.label.endswith("one.png")]
    first, second, alone = item.open(), item.open(), open_bytes(PICTURE)
    np.testing.assert_array_equal(first.pixels, second.pixels)
    assert first.sha256 == second.sha256 == alone.sha256 == open_scan(folder / "b").sha256


def test_an_item_tells_when_the_file_that_holds_it_is_gone(folder: Path) -> None:
    items = {item.label: item for item in expand([folder / "b", folder / "e.zip"])}
    alone, packed = items[f"{folder}/b"], items[f"{folder}/e.zip!/one.png"]
    assert not alone.is_gone and not packed.is_gone
    (folder / "b").unlink()
    assert alone.is_gone and not packed.is_gone
    (folder / "e.zip").unlink()
    assert packed.is_gone


@pytest.mark.attack
def test_a_refused_zip_is_one_item_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(50))
    (item,) = expand([path])
    assert (item.label, outcome(item)) == (str(path), "archive_damaged")


def test_a_zip_given_as_one_scan_says_to_open_it_as_a_batch(folder: Path) -> None:
    with pytest.raises(IntakeError, match="Open it as a batch"):
        open_scan(folder / "e.zip")


def test_the_walk_reads_nothing_before_it_is_asked(tmp_path: Path) -> None:
    walk = expand(tmp_path / str(number) for number in range(10**9))
    assert next(walk).label.endswith("/0")


@pytest.mark.attack
def test_folders_nested_too_deep_end_with_a_reason(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(40):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (item,) = expand([tmp_path])
    assert outcome(item) == "too_deep"
