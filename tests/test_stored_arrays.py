"""An array's stated size, type and shape are checked before anything is made of it."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arncnn.errors import ModelError
from arncnn.stored_arrays import MOST_BYTES, StoredArrays


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "arrays.npz"


def _npy(**header: object) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f4", "fortran_order": False, "shape": (3,), **header}
    )
    return stream.getvalue()


def _zip(file: Path, content: bytes, name: str = "a.npy") -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_wrote_is_read_as_it_was(file: Path, save) -> None:
    random = np.random.default_rng(0)
    stored = {
        "rows": random.normal(size=(7, 3)).astype(np.float16),
        "columns": np.asfortranarray(random.normal(size=(7, 2))),
        "index": np.arange(7),
        "names": np.array(["one", "twenty"]),
        "one": np.array(3),
        "none": np.zeros((0, 3), np.float32),
    }
    save(file, **stored)
    found = StoredArrays(file, "made-up")
    for name, shape, kind in (
        ("rows", ("n", 3), "number"),
        ("columns", ("n", "m"), "number"),
        ("index", ("n",), "whole number"),
        ("names", (2,), "text"),
        ("one", (), "whole number"),
        ("none", (0, 3), "number"),
    ):
        taken = found.take(name, kind, *shape)
        np.testing.assert_array_equal(taken, stored[name])
        assert taken.dtype == stored[name].dtype
    assert "rows" in found and "row" not in found


@pytest.mark.attack
@pytest.mark.parametrize("shape", [(1_700_000_000,), (2**31, 2**31), (10**30,), (-5,), (2**62, 4)])
def test_a_stated_size_is_refused_before_there_is_room_for_it(file: Path, shape) -> None:
    _zip(file, _npy(shape=shape) + b"\0" * 12)
    tracemalloc.start()
    with pytest.raises(ModelError, match="cannot be read"):
        StoredArrays(file, "made-up")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * 2**20


@pytest.mark.attack
def test_a_small_file_that_inflates_to_much_is_refused_unread(file: Path) -> None:
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(_npy(shape=(MOST_BYTES // 4 + 1,)))
        for _ in range(257):
            stream.write(b"\0" * 2**20)
    tracemalloc.start()
    with pytest.raises(ModelError, match="cannot be read"):
        StoredArrays(file, "made-up")
    assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    tracemalloc.stop()


@pytest.mark.attack
def test_python_objects_are_refused(file: Path) -> None:
    np.savez(file, a=np.array([{"a": 1}, print], object))
    with pytest.raises(ModelError, match="cannot be read"):
        StoredArrays(file, "made-up")


@pytest.mark.attack
@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", b"x" * 1000])
def test_what_is_no_archive_of_arrays_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ModelError, match="made-up file is damaged: it cannot be read; restore"):
        StoredArrays(file, "made-up")
    _zip(file, content)
    with pytest.raises(ModelError, match="cannot be read"):
        StoredArrays(file, "made-up")


def test_a_missing_file_is_refused(file: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        StoredArrays(file, "made-up")


@pytest.mark.attack
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_never_anything_else(tmp_path_factory, data) -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, rows=np.arange(12.0).reshape(4, 3), names=np.array(["a", "b"]))
    content = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))]
    file = tmp_path_factory.getbasetemp() / "damaged.npz"
    file.write_bytes(content)
    try:
        StoredArrays(file, "made-up").take("rows", "number", "n", 3)
    except ModelError as error:
        assert str(error).startswith("The model's made-up file is damaged: ")


@pytest.mark.parametrize(
    ("name", "kind", "shape", "said"),
    [
        ("gone", "number", (2,), "gone must be numbers in 1 dimensions"),
        ("whole", "number", (2,), "whole must be numbers"),
        ("halves", "whole number", (2,), "halves must be whole numbers"),
        ("halves", "number", (2, 1), "halves must be numbers in 2 dimensions"),
        ("halves", "number", (3,), "halves has another shape"),
        ("broken", "number", (2,), "broken holds numbers that are not finite"),
        ("endless", "number", (2,), "endless holds numbers that are not finite"),
    ],
)
def test_what_does_not_fit_is_named(file: Path, name, kind, shape, said) -> None:
    np.savez(
        file,
        whole=np.arange(2),
        halves=np.array([0.5, 1.5]),
        broken=np.array([0, np.nan]),
        endless=np.array([0, np.inf]),
    )
    with pytest.raises(ModelError, match=said):
        StoredArrays(file, "made-up").take(name, kind, *shape)


def test_lengths_of_one_name_must_agree(file: Path) -> None:
    np.savez(file, three=np.arange(3), two=np.zeros((2, 5)))
    found = StoredArrays(file, "made-up", width=5)
    found.take("three", "whole number", "n")
    found.take("two", "number", "m", "width")
    with pytest.raises(ModelError, match="two has another shape than the rest"):
        found.take("two", "number", "n", "width")
