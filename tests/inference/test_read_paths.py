"""Files in batches: the same lines in the same order as one by one, with the bundled model."""

import gzip
from pathlib import Path
from zipfile import ZipFile

import cv2
import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arncnn.config import ASSETS
from arncnn.errors import IntakeError
from arncnn.inference import read_paths
from arncnn.inference.prepared import Prepared
from arncnn.inference.reader import Reader
from arncnn.intake import expand
from arncnn.models.bundle import golden_images
from tests.intake import made

Lines = list[dict]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.open()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans of every kind, some in a ZIP, and among them what cannot be read."""
    folder, drawn = tmp_path_factory.mktemp("scans"), golden_images()
    for number, ending in enumerate((".png", ".jpg", ".bmp", ".tiff")):
        (folder / f"{number}{ending}").write_bytes(cv2.imencode(ending, drawn[number])[1].tobytes())
    hounsfield = (drawn[4].astype(np.uint16) * 8).repeat(3, 0).repeat(3, 1)
    ct = made.dicom(hounsfield, Modality="CT", RescaleSlope="1", RescaleIntercept="-1024")
    (folder / "4.dcm").write_bytes(ct)
    (folder / "5.dcm.gz").write_bytes(gzip.compress(made.dicom(hounsfield, Modality="MR")))
    (folder / "6.dcm").write_bytes(ct[: len(ct) // 2])
    (folder / "7.txt").write_text("Notes of a visit. " * 20)
    volume = np.stack([image.T for image in drawn[:5]], axis=2).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), folder / "8.nii.gz")
    with ZipFile(folder / "9.zip", "w") as disc:
        disc.writestr("a.dcm", ct)
        disc.writestr("b.png", b"")
        disc.writestr("c.png", made.picture(np.tril(np.full((64, 64), 120, np.uint8))))
    (folder / "10.png").write_bytes(made.picture(np.zeros((20, 200, 3), np.uint8), mode="RGB"))
    (folder / "11.png").write_bytes((ASSETS / "samples" / "HeadCT.png").read_bytes())
    return folder


@pytest.fixture(scope="module")
def alone(reader: Reader, place: Path) -> Lines:
    """What each file gives when it is read by itself."""
    lines = []
    for item in expand([place]):
        try:
            lines.append(reader.read(item.open()).to_json(item.label))
        except IntakeError as reason:
            lines.append(read_paths.failed(item.label, reason))
    return lines


_NUMBERS = {"probabilities", "logits", "entropy", "novelty_p_value", "with_header"}


def _assert_same(found: Lines, expected: Lines) -> None:
    assert [line["path"] for line in found] == [line["path"] for line in expected]
    for one, other in zip(found, expected, strict=True):
        for key in expected[0].keys() - _NUMBERS:
            assert one[key] == other[key], (key, one["path"])
        if other["status"] == "read":
            assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-5)
            both, of_other = one["with_header"], other["with_header"]
            assert (both["label"], both["effect"]) == (of_other["label"], of_other["effect"])
            assert both["probabilities"] == pytest.approx(of_other["probabilities"], abs=1e-5)
            assert one["entropy"] == pytest.approx(other["entropy"], abs=1e-4)
            assert one["novelty_p_value"] == pytest.approx(other["novelty_p_value"], abs=2e-3)


@pytest.mark.parametrize(("batch", "group", "workers"), [(64, 8, 2), (3, 2, 3), (1, 1, 1)])
def test_files_in_batches_give_the_lines_that_they_give_one_by_one(
    reader: Reader, place: Path, alone: Lines, monkeypatch: pytest.MonkeyPatch,
    batch: int, group: int, workers: int,
) -> None:  # fmt: skip
    assert {line["status"] for line in alone} == {"read", "failed"}
    assert {line["verdict"] for line in alone} >= {"accept", "refuse"}
    monkeypatch.setattr(read_paths, "BATCH", batch)
    monkeypatch.setattr(read_paths, "_GROUP", group)
    _assert_same(list(read_paths.read_paths(reader, [place], workers=workers)), alone)


@pytest.fixture(scope="module")
def readable(place: Path) -> list[tuple[str, Prepared]]:
    """Twice what a batch is made of, for every file that has something to read."""
    found = [(item.label, read_paths.prepare(item)) for item in expand([place])]
    return 2 * [(label, one) for label, one in found if isinstance(one, Prepared)]


@settings(max_examples=15)
@given(st.data())
def test_however_readings_are_put_into_batches_they_stay_what_they_are(
    reader: Reader, readable: list, alone: Lines, data: st.DataObject
) -> None:
    expected = {line["path"]: line for line in alone}
    order = data.draw(st.permutations(readable))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order) - 1))))
    for start, stop in zip([0, *cuts], [*cuts, len(order)], strict=True):
        labels, scans = zip(*order[start:stop], strict=True)
        readings = reader.read_prepared(scans)
        found = [one.to_json(label) for label, one in zip(labels, readings, strict=True)]
        _assert_same(found, [expected[label] for label in labels])
