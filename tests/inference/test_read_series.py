"""Whole scans made here: a NIfTI volume, a multi-frame DICOM and a series of files."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom import uid

from arncnn import cli
from arncnn.inference.reader import Reader
from arncnn.inference.series import SliceVote, answer
from arncnn.intake import open_scan
from arncnn.samples import catalogue
from tests.intake import made


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.open()


@pytest.fixture(scope="module")
def slices() -> list[np.ndarray]:
    """Drawn chests, then drawn heads: uint8, (64, 64) each."""
    import cv2

    drawn = {}
    for name in ("ChestCT", "HeadCT"):
        data = np.frombuffer(catalogue.find(f"{name}.png").read(), np.uint8)
        drawn[name] = cv2.resize(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), (64, 64))
    rng = np.random.default_rng(0)
    parts = [drawn["ChestCT"]] * 7 + [drawn["HeadCT"]] * 5
    return [np.clip(part + rng.normal(0, 1, part.shape), 0, 255).astype("uint8") for part in parts]


def _alone(reader: Reader, path: Path, frames: list[int]) -> tuple[str | None, dict[str, float]]:
    """The oracle: each frame opened and read by itself, the votes summed in a plain loop."""
    sums, weight = np.zeros(len(reader.labels)), 0.0
    for frame in frames:
        found = reader.read(open_scan(path, frame=frame))
        if not found.unsuitable:
            shifted = found.logits.astype(float) / reader.temperature
            logs = shifted - np.log(np.exp(shifted - shifted.max()).sum()) - shifted.max()
            sums += found.novelty_p_value * logs
            weight += found.novelty_p_value
    together = np.exp(sums / weight)
    together /= together.sum()
    return dict(zip(reader.labels, together.tolist(), strict=True))


def _read(*arguments: str, capsys: pytest.CaptureFixture[str]) -> list[dict]:
    assert cli.main(["read", "--series", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_volumes_and_files_of_many_frames_get_one_answer_each(
    reader: Reader, slices: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    volume = np.stack([each[::-1].T for each in slices], axis=2)  # axial, the front on top
    nifti, dicom = tmp_path / "1.nii.gz", tmp_path / "2.dcm"
    nibabel.save(nibabel.Nifti1Image(volume, np.diag([1, 1, 3, 1])), nifti)
    dicom.write_bytes(made.dicom(np.stack(slices), Modality="OT", NumberOfFrames=len(slices)))
    lines = _read(str(tmp_path), "--slices", "all", "--workers", "2", capsys=capsys)
    assert [Path(line["path"]).name for line in lines] == ["1.nii.gz", "2.dcm"]
    for path, line in zip((nifti, dicom), lines, strict=True):
        assert line["slices"] == 12 and len(line["read"]) == 12
        expected = _alone(reader, path, list(range(12)))
        # A novelty p-value is a rank: rounding in a batch may move it by one of some 1,000.
        assert line["probabilities"] == pytest.approx(expected, abs=2e-3)
        assert [each["slice"] for each in line["read"]] == list(range(1, 13))
    (few,) = _read(str(nifti), "--slices", "4", capsys=capsys)
    assert [each["slice"] for each in few["read"]] == [1, 5, 8, 12]
    assert few["probabilities"] == pytest.approx(_alone(reader, nifti, [0, 4, 7, 11]), abs=2e-3)


def test_files_of_one_series_are_one_scan_wherever_they_lie(
    reader: Reader, slices: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    series = {name: uid.generate_uid() for name in ("a", "b")}
    for number, pixels in enumerate(slices):
        for name in series:
            where = tmp_path / ("x" if number < 5 else "y")
            where.mkdir(exist_ok=True)
            file = made.dicom(pixels, Modality="OT", SeriesInstanceUID=series[name])
            (where / f"{name}{number}.dcm").write_bytes(file)
    (tmp_path / "z.txt").write_text("Notes of a visit. " * 20)
    failed, *lines = _read(str(tmp_path), capsys=capsys)
    assert failed["status"] == "failed"
    assert sorted(len(line["files"]) for line in lines) == [12, 12]
    votes = []
    for place, path in enumerate(lines[0]["files"], 1):
        found = reader.read(open_scan(Path(path)))
        votes.append(
            SliceVote(place, found.logits, found.novelty_p_value, found.verdict,
                      bool(found.unsuitable))
        )  # fmt: skip
    alone = answer(reader.labels, votes, 12, reader.temperature)
    assert lines[0]["sentence"] == alone.sentence
    assert lines[0]["label"] == alone.label


def test_how_much_of_a_scan_is_read_is_a_matter_of_whole_scans(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["read", "a.nii", "--slices", "4"]) == 2
    assert "--series" in capsys.readouterr().err
