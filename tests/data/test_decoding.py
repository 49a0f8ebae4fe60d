"""Training sees what reading sees: one decoder, and no file or class lost without a word."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from arncnn import data
from arncnn.data import decoding, facts, pack
from arncnn.data.source import Member
from arncnn.errors import DataError
from arncnn.intake import open_bytes
from arncnn.preprocess import model_input, normalize
from tests.intake import made
from tests.intake.test_tiff import written as tiff

RAMP = made.ramp(96, 128, 255).astype(np.uint8)


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return made.picture(RAMP, "JPEG", exif=exif)


def _nifti() -> bytes:
    volume = np.random.default_rng(0).integers(0, 900, (64, 70, 3)).astype(np.int16)
    return nibabel.Nifti1Image(volume, np.diag([-1.0, -1, 1, 1])).to_bytes()


FILES = {
    "turned.jpg": _turned(),
    "plain.png": made.picture(RAMP),
    "small.png": made.picture(RAMP[:20, :20]),
    "twelve.png": made.picture(made.ramp(96, 128, 4095)),
    "narrow.png": made.picture(made.ramp(96, 128, 200) + np.uint16(3000)),
    "float.tif": tiff(made.ramp(96, 128, 1000).astype(np.float32) / 1000 - 0.5),
    "inverted.tif": tiff(made.ramp(96, 128, 65535), photometric="miniswhite"),
    "film": made.dicom(
        made.ramp(96, 128, 1000),
        Modality="CR",
        PhotometricInterpretation="MONOCHROME1",
        WindowCenter="400",
        WindowWidth="300",
    ),
    "ct.dcm": made.dicom(made.ramp(96, 128, 2000), RescaleSlope="1", RescaleIntercept="-1024"),
    "brain.nii": _nifti(),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_trained_is_what_is_read(name: str) -> None:
    trained = normalize(pack.decode(FILES[name], "x")[None])[0, ..., 0]
    read = model_input(open_bytes(FILES[name])).images[0, ..., 0]
    assert np.abs(trained - read).max() < 0.01


def test_every_kind_of_file_in_class_folders_is_packed_by_its_bytes(tmp_path: Path) -> None:
    source = tmp_path / "set"
    for label in ("A", "B"):
        (source / label).mkdir(parents=True)
        for name, content in FILES.items():
            (source / label / name).write_bytes(content)
    (source / "A" / "notes.txt").write_text("not a scan")
    dataset = data.load(source)
    assert dataset.counts() == {"A": len(FILES), "B": len(FILES)}
    assert dataset.left_out == ()


def test_a_file_left_out_is_named_with_its_reason(tmp_path: Path) -> None:
    source = tmp_path / "set"
    (source / "A").mkdir(parents=True)
    for name in ("plain.png", "ct.dcm"):
        (source / "A" / name).write_bytes(FILES[name])
    (source / "A" / "film.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    (source / "A" / "cut.png").write_bytes(FILES["plain.png"][:300])
    told: list[str] = []
    dataset = data.load(source, lambda what, *_: told.append(what))
    assert dataset.paths == ("A/ct.dcm", "A/plain.png")
    reasons = dict(dataset.left_out)
    assert "HEIC" in reasons["A/film.heic"]
    assert "ends before its image" in reasons["A/cut.png"]
    assert "2 files left out; data show lists them" in told
    listed = facts.summary(dataset)["left_out"]
    assert [entry["file"] for entry in listed] == ["A/cut.png", "A/film.heic"]
    assert data.load(source).left_out == dataset.left_out, "it is remembered"


def test_a_class_that_loses_all_its_files_stops_the_training(tmp_path: Path) -> None:
    items = [Member("", "A/1.png", FILES["plain.png"])]
    items += [Member("", f"B/{n}.dcm", FILES["film"][:600]) for n in range(3)]
    with pytest.raises(DataError, match=r"class folder B is an image .*3 tried.*number 2"):
        pack.write(items, tmp_path, lambda root, counts: "set")
    assert list(tmp_path.iterdir()) == []


def test_a_set_read_by_an_earlier_decoder_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "set"
    (source / "A").mkdir(parents=True)
    (source / "A" / "1.png").write_bytes(FILES["plain.png"])
    assert data.load(source).folder is not None
    assert data.mednist.prepared(source) is not None
    monkeypatch.setattr(decoding, "DECODING", b"3")
    assert data.mednist.prepared(source) is None


def test_images_of_an_earlier_decoder_stay_beside_the_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [Member("", "A/1.png", FILES["plain.png"])]
    old = pack.write(items, tmp_path, lambda root, counts: "set")
    monkeypatch.setattr(pack, "decode", lambda *_, **__: np.full((64, 64), 7, np.uint8))
    new = pack.write(items, tmp_path, lambda root, counts: "set")
    assert new != old
    assert pack.open_pack(new).images.max() == 7
    assert pack.write(items, tmp_path, lambda root, counts: "set") == new
