"""Files at addresses: never more of one is fetched than intake allows."""

import io
import resource
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import fsspec
import pytest
from fsspec.implementations.arrow import ArrowFSWrapper
from fsspec.spec import AbstractFileSystem
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

from arncnn.errors import IntakeError
from arncnn.intake import limits, open_bytes, remote
from tests.intake import made

_MIB = 1 << 20


class Counting(io.RawIOBase):
    """So many bytes, counted as they are read."""

    def __init__(self, data: bytes, size: int) -> None:
        """The data, then zeros up to the size."""
        self.data, self.size, self.place = data, size, 0

    def read(self, length: int = -1) -> bytes:
        """The next bytes, at most one chunk at a time."""
        assert 0 < length <= limits.CHUNK
        start, self.place = self.place, min(self.place + length, self.size)
        Store.fetched += self.place - start
        return self.data[start : self.place].ljust(self.place - start, b"\0")


class Store(AbstractFileSystem):
    """A store that states of its one object whatever it is told to."""

    protocol = "stated"
    cachable = False
    data, size, stated, kind, fetched = b"", 0, None, "file", 0

    def info(self, path: str, **more: Any) -> dict[str, Any]:
        """What is stated."""
        return {"name": path, "type": Store.kind, "size": Store.stated}

    def _open(self, path: str, mode: str = "rb", **more: Any) -> Counting:
        return Counting(Store.data, Store.size)


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Tell the store what it holds; limits are 3 MiB a file and 6 a ZIP."""
    fsspec.register_implementation("stated", Store, clobber=True)
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 3 * _MIB)
    monkeypatch.setattr(limits, "MAX_ARCHIVE_BYTES", 6 * _MIB)
    monkeypatch.setattr(limits, "CHUNK", _MIB // 8)

    def tell(data: bytes, size: int, stated: int | None, kind: str = "file") -> None:
        Store.data, Store.size, Store.stated, Store.kind, Store.fetched = (
            data, size, stated, kind, 0
        )  # fmt: skip

    yield tell
    tell(b"", 0, None)


def code_of(name: str, scratch: Path) -> str:
    (item,) = remote.items(f"stated://{name}", scratch)
    with pytest.raises(IntakeError) as refused:
        item.open()
    return refused.value.code


@pytest.mark.parametrize(
    ("name", "size", "stated", "code", "most"),
    [
        ("a.dcm", 4 << 40, 4 << 40, "too_large", 0),
        ("a.zip", 4 << 40, 4 << 40, "too_large", 0),
        ("a.dcm", 4 << 40, None, "too_large", 3 * _MIB + 1),
        ("a.zip", 4 << 40, None, "too_large", 6 * _MIB + 1),
        ("a.dcm", 4 << 40, _MIB, "changed", _MIB + 1),
        ("a.zip", 4 << 40, _MIB, "changed", _MIB + 1),
        ("a.dcm", _MIB, 2 * _MIB, "changed", _MIB),
        ("a.zip", _MIB, 2 * _MIB, "changed", _MIB),
        ("a.dcm", 0, 0, "empty", 0),
        ("a.dcm", 0, None, "empty", 0),
    ],
)
def test_no_more_of_an_object_is_fetched_than_is_read_whatever_size_is_stated(
    stored: Callable[..., None], tmp_path: Path, name: str, size: int, stated: int | None,
    code: str, most: int,
) -> None:  # fmt: skip
    stored(b"", size, stated)
    tracemalloc.start()
    try:
        assert code_of(name, tmp_path) == code
        assert tracemalloc.get_traced_memory()[1] < _MIB
    finally:
        tracemalloc.stop()
    assert Store.fetched <= most
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("is_stated", [True, False])
def test_an_object_is_read_whether_its_size_is_known_or_not_and_no_zip_stays_behind(
    stored: Callable[..., None], tmp_path: Path, is_stated: bool
) -> None:
    picture = made.picture(made.ramp(40, 48, 255).astype("uint8"))
    stored(picture, len(picture), len(picture) if is_stated else None)
    (item,) = remote.items("stated://a.png", tmp_path)
    assert item.open().sha256 == open_bytes(picture).sha256
    packed = io.BytesIO()
    with ZipFile(packed, "w") as disc:
        disc.writestr("a.png", picture)
        disc.writestr("b.png", picture)
    data = packed.getvalue()
    stored(data, len(data), len(data) if is_stated else None)
    items = list(remote.items("stated://a.zip", tmp_path))
    assert len(list(tmp_path.iterdir())) == 1
    for item in items:
        assert item.open(frame=0).sha256 == item.open().sha256 == open_bytes(picture).sha256
    del item, items
    assert not list(tmp_path.iterdir())


def test_a_folder_at_an_address_is_no_file(stored: Callable[..., None], tmp_path: Path) -> None:
    stored(b"", 0, None, "directory")
    assert code_of("a.dcm", tmp_path) == code_of("a.zip", tmp_path) == "not_a_file"


def test_what_is_not_there_or_too_large_at_an_address_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(b"12345")
    monkeypatch.setattr("arncnn.intake.limits.MAX_FILE_BYTES", 4)
    for address, code in (("a.png", "too_large"), ("b.png", "missing"), ("b.zip", "missing")):
        (item,) = remote.items(f"file://{tmp_path}/{address}", tmp_path)
        with pytest.raises(Exception) as refused:
            item.open()
        assert refused.value.code == code  # type: ignore[attr-defined]
    assert list(remote.walk(f"file://{tmp_path}/none")) == [f"file://{tmp_path}/none"]


def test_s3_as_pyarrow_speaks_it_gives_files_refuses_large_ones_unread_and_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of this machine is the bucket: no server is needed for what lies above."""
    bucket = SubTreeFileSystem(str(tmp_path), LocalFileSystem())
    monkeypatch.setattr(remote, "_s3", lambda bucket_name: ArrowFSWrapper(bucket))
    picture = made.picture(made.ramp(40, 48, 255).astype("uint8"))
    scans, scratch = tmp_path / "bucket" / "scans", tmp_path / "scratch"
    for folder in (scans, scratch):
        folder.mkdir(parents=True)
    (scans / "1.png").write_bytes(picture)
    with ZipFile(scans / "2.zip", "w") as disc:
        disc.writestr("a.png", picture)
    for name in ("3.dcm", "4.zip"):
        with (scans / name).open("wb") as sparse:
            sparse.truncate(4 << 30)
    addresses = list(remote.walk("s3://bucket/scans"))
    assert addresses == [
        f"s3://bucket/scans/{name}" for name in ("1.png", "2.zip", "3.dcm", "4.zip")
    ]
    before, outcomes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
    for address in (*addresses, "s3://bucket/scans"):
        (item,) = remote.items(address, scratch)
        try:
            outcomes.append(item.open().sha256)
        except IntakeError as reason:
            outcomes.append(reason.code)
    same = open_bytes(picture).sha256
    assert outcomes == [same, same, "too_large", "too_large", "not_a_file"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # KiB
