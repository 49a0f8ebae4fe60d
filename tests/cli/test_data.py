"""``data show`` on what is no usable data set ends in a sentence or in figures, never otherwise."""

import io
import json
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from arncnn.cli import main

pytestmark = pytest.mark.attack


def _picture(seed: int, side: int = 64) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side)).astype(np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _folder(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def _show(source: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main(["data", "show", "--from", str(source)])
    out, err = capsys.readouterr()
    return code, out, err.splitlines()[-1] if err else ""


@pytest.mark.parametrize("count", [1, 5, 10, 11, 30])
@pytest.mark.parametrize("is_one_picture", [False, True])
def test_a_folder_of_one_class_is_shown_or_refused_in_a_sentence(
    home: Path,
    tmp_path: Path,
    count: int,
    is_one_picture: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pictures = {f"Only/{n}.png": _picture(0 if is_one_picture else n) for n in range(count)}
    code, out, err = _show(_folder(tmp_path / "one", pictures), capsys)
    if code == 0:
        assert json.loads(out)["classes"] == {"Only": count}
    else:
        assert code == 1 and out == ""
        assert err.startswith("arncnn: ") and err.endswith(".")


def _png_of_a_claimed_size(side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10**7))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _pictures(folder: Path) -> Path:
    return _folder(folder, {f"A/{n}.png": _png_of_a_claimed_size(10**5) for n in range(3)})


def _zip(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "set.zip", "w", zipfile.ZIP_DEFLATED) as stream:
        for number in range(3):
            stream.writestr(f"A/{number}.png", bytes(2**26))
    return folder / "set.zip"


def _tar(folder: Path) -> Path:
    with tarfile.open(folder / "set.tar.gz", "w:gz", compresslevel=1) as stream:
        info = tarfile.TarInfo("A/1.png")
        info.size = 2**28 + 2**20
        stream.addfile(info, io.BytesIO(bytes(info.size)))
    return folder / "set.tar.gz"


def _nested(folder: Path) -> Path:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as stream:
        stream.writestr("A/1.png", bytes(2**26))
    return _folder(folder / "set", {"A/1.png": inner.getvalue(), "B/1.png": inner.getvalue()})


def _empty(folder: Path) -> Path:
    (folder / "set").mkdir()
    return folder / "set"


def _no_archive(folder: Path) -> Path:
    (folder / "set.tar.gz").write_bytes(b"\x1f\x8b" + bytes(1000))
    return folder / "set.tar.gz"


@pytest.mark.parametrize(
    "make", [_pictures, _zip, _tar, _nested, _empty, _no_archive], ids=lambda make: make.__name__
)
def test_a_bomb_ends_in_a_sentence(
    home: Path,
    tmp_path: Path,
    make: Callable[[Path], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = _show(make(tmp_path), capsys)
    assert code == 1 and out == ""
    assert err.startswith("arncnn: ") and err.endswith(".")
    assert list((home / "data").glob(".packing-*")) == []
