"""A pack is whole or not there, and every byte of it is accounted for."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from arncnn.data import pack
from arncnn.data.source import Member
from arncnn.errors import DataError


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def grey(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (64, 64), np.uint8)


def named(root: str, counts: dict[str, int]) -> str:
    return root or "set"


def write(parent: Path, *items: Member) -> Path:
    return pack.write(items, parent, named)


def test_images_come_back_unchanged_and_in_the_order_of_their_paths(tmp_path: Path) -> None:
    folder = write(tmp_path, *(Member("", f"{c}/{n}.png", png(grey(s))) for c, n, s in
                               [("B", 1, 0), ("A", 2, 1), ("A", 1, 2)]))  # fmt: skip
    dataset = pack.open_pack(folder)
    assert dataset.paths == ("A/1.png", "A/2.png", "B/1.png")
    assert dataset.labels == ("A", "B")
    assert dataset.targets.tolist() == [0, 0, 1]
    np.testing.assert_array_equal(dataset.images, [grey(2), grey(1), grey(0)])
    assert dataset.counts() == {"A": 2, "B": 1}
    assert dataset.counts([0, 2]) == {"A": 1, "B": 1}


def test_the_array_is_memory_mapped_and_read_only(tiny_dataset: pack.Dataset) -> None:
    assert isinstance(tiny_dataset.images, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        tiny_dataset.images[0, 0, 0] = 1


def test_the_same_content_packs_once_in_any_order(tmp_path: Path) -> None:
    items = [Member("", f"A/{n}.png", png(grey(n))) for n in range(3)]
    assert write(tmp_path, *items) == write(tmp_path, *reversed(items))
    assert len(list(tmp_path.iterdir())) == 1


def test_one_changed_byte_in_a_file_makes_another_data_set(tmp_path: Path) -> None:
    first = write(tmp_path, Member("", "A/1.png", png(grey(0))))
    second = write(tmp_path, Member("", "A/1.png", png(grey(0)) + b"\0"))
    assert first != second


def test_a_failure_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    def breaks() -> Iterator[Member]:
        yield Member("", "A/1.png", png(grey(0)))
        raise DataError("the line was cut")

    with pytest.raises(DataError, match="the line was cut"):
        pack.write(breaks(), tmp_path, named)
    assert list(tmp_path.iterdir()) == []


def test_class_folders_at_different_depths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="different depths"):
        write(tmp_path, Member("", "A/1.png", png(grey(0))), Member("x", "B/1.png", png(grey(1))))


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="same file twice"):
        write(tmp_path, Member("", "A/1.png", png(grey(0))), Member("", "A/1.png", png(grey(1))))


@pytest.mark.parametrize("data", [b"", b"text", png(grey(0))[:200]], ids=["empty", "text", "cut"])
def test_a_picture_that_cannot_be_decoded_is_named_by_its_place_not_its_name(
    tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(DataError, match=r"number 1 \(class folder A\)") as caught:
        write(tmp_path, Member("", "A/Jane Doe.png", data))
    assert "Jane" not in str(caught.value)


def test_a_picture_of_another_size_is_averaged_by_area() -> None:
    large = np.kron(grey(0), np.ones((2, 2), np.uint8))
    np.testing.assert_array_equal(pack.decode(png(large), "x"), grey(0))


def test_sixteen_bit_pictures_keep_their_upper_eight_bits() -> None:
    deep = grey(0).astype(np.uint16) * 256 + 77
    np.testing.assert_array_equal(pack.decode(png(deep), "x"), grey(0))


def test_verify_finds_a_flipped_bit_in_the_images(tmp_path: Path) -> None:
    folder = write(tmp_path, Member("", "A/1.png", png(grey(0))))
    pack.verify(folder)
    data = bytearray((folder / pack.IMAGES).read_bytes())
    data[-5] ^= 1
    (folder / pack.IMAGES).write_bytes(data)
    with pytest.raises(DataError, match="damaged"):
        pack.verify(folder)


@pytest.mark.parametrize("key", ["targets", "digests", "paths"])
def test_verify_finds_a_changed_index(tmp_path: Path, key: str) -> None:
    folder = write(tmp_path, *(Member("", f"{c}/1.png", png(grey(0))) for c in "AB"))
    index = json.loads((folder / pack.INDEX).read_text())
    index[key] = index[key][::-1]
    if key == "digests":
        index[key] = ["0" * 64, index[key][1]]
    (folder / pack.INDEX).write_text(json.dumps(index))
    with pytest.raises(DataError, match="damaged"):
        pack.verify(folder)


def test_a_pack_without_its_array_says_what_to_do(tmp_path: Path) -> None:
    folder = write(tmp_path, Member("", "A/1.png", png(grey(0))))
    (folder / pack.IMAGES).unlink()
    with pytest.raises(DataError, match="arncnn data fetch"):
        pack.open_pack(folder)
