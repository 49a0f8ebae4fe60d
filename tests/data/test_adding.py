"""A ZIP of class folders becomes a data set, and whatever is in it that is none is named."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from arncnn.cli import main
from arncnn.data import adding, registry
from arncnn.errors import DataError, IntakeError
from arncnn.intake import archive, limits

pytestmark = pytest.mark.attack


def picture(seed: int, side: int = 40) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side)).astype(np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as stream:
        for name, content in files.items():
            stream.writestr(name, content)
    return path


def test_a_zip_becomes_a_data_set_and_what_is_left_out_is_named(home: Path, tmp_path: Path) -> None:
    files = {f"set/KneeMRI/{n}.png": picture(n) for n in range(26)}
    files |= {f"set/Other/{n}.png": picture(100 + n) for n in range(3)}
    files |= {
        "set/Other/copy.png": picture(0),
        "set/Other/bad.png": b"no picture",
        "set/Other/thumb.png": picture(7, side=8),
        "set/Other/notes.txt": b"hello",
        "loose.png": picture(9),
        "__MACOSX/set/Other/._1.png": b"",
    }
    dataset = adding.prepare(zipped(tmp_path / "set.zip", files))
    found = adding.preview(dataset)
    assert dataset.counts() == {"KneeMRI": 26, "Other": 4}
    knee, other = found.classes
    assert (knee.copies + other.copies, other.left_out) == (1, 2)
    assert knee.terms is not None and (knee.terms.body_part, "MR" in knee.terms.modality) == (
        "knee",
        True,
    )
    assert other.terms is None and other.has_few and not knee.has_few
    assert sum(found.left_out.values()) == 3
    said = " ".join(found.remarks())
    assert "Other (4)" in said and "Byte-identical to an earlier image: 1 image." in said
    assert "neither modality nor body part" in said
    assert not any("number" in reason for reason in found.left_out), "equal reasons count together"


def test_a_zip_of_one_class_or_none_is_refused_in_a_sentence(home: Path, tmp_path: Path) -> None:
    one = zipped(tmp_path / "one.zip", {f"A/{n}.png": picture(n) for n in range(12)})
    with pytest.raises(DataError, match="at least two"):
        adding.prepare(one)
    with pytest.raises(DataError, match="No images were found"):
        adding.prepare(zipped(tmp_path / "none.zip", {"A/readme.txt": b"x"}))
    with pytest.raises(IntakeError):
        (tmp_path / "x.zip").write_bytes(b"PK no zip")
        adding.prepare(tmp_path / "x.zip")
    assert list((home / "data").glob("*added*")) == []


def test_names_that_lead_outside_are_left_out_and_written_nowhere(
    home: Path, tmp_path: Path
) -> None:
    files = {f"{name}/{n}.png": picture(n) for name in "AB" for n in range(3)}
    files["A/../../../evil.png"] = picture(50)
    dataset = adding.prepare(zipped(tmp_path / "set.zip", files))
    assert len(dataset) == 6 and len(dataset.left_out) == 1
    assert not list(tmp_path.rglob("evil.png"))


def test_the_bounds_are_those_of_a_data_set_and_come_before_any_decoding(tmp_path: Path) -> None:
    many = zipped(tmp_path / "many.zip", {f"A/{n}.png": b"" for n in range(501)})
    assert len(archive.entries(many, limits.DATA_SET)) == 501
    with pytest.raises(IntakeError):
        archive.entries(many)
    small = limits.ArchiveLimits(limits.MIB, 500, limits.MIB, limits.MIB)
    with pytest.raises(IntakeError, match="more than 500 entries"):
        archive.entries(many, small)
    assert (limits.DATA_SET.entries, limits.DATA_SET.total) == (100_000, 2 << 30)


def test_the_command_looks_adds_lists_and_removes(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {f"{name}/{n}.png": picture(n) for name in ("A", "B") for n in range(6)}
    path = str(zipped(tmp_path / "set.zip", files))
    assert main(["data", "add", path]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == {"A": 6, "B": 6}
    assert registry.entries() == ()
    assert main(["data", "add", path, "--name", "Two", "--licence", "CC0"]) == 0
    capsys.readouterr()
    assert main(["data", "list"]) == 0
    names = [entry["name"] for entry in json.loads(capsys.readouterr().out)["sets"]]
    assert names == ["Medical MNIST", "Two"]
    assert main(["data", "verify", "--from", "two"]) == 0
    assert json.loads(capsys.readouterr().out)["verified"]
    assert main(["data", "remove", "Two"]) == 0
    assert registry.entries() == ()
