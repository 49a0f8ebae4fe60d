"""A pack: one memory-mapped array of all images and one index, written whole or not at all.

Layout of the folder ``<home>/data/<name>-<first digits of the data set's SHA-256>``::

    images.npy   uint8 (image, 64, 64), in the order of the sorted paths
    index.json   labels, targets, paths, digest of every file, digest of images.npy
"""

import hashlib
import io
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from arncnn.data.dataset import SIDE, Dataset
from arncnn.data.source import Member
from arncnn.errors import DataError
from arncnn.files import sync, write_durably
from arncnn.progress import Progress

IMAGES, INDEX = "images.npy", "index.json"
FORMAT = 1  # raised when a pack of an earlier version can no longer be read

_FORMATS = ("JPEG", "PNG", "BMP", "TIFF")
_MAXIMUM_PIXELS = 64 * 2**20
_BLOCK = 4096  # images moved at a time: 16 MiB


@dataclass(frozen=True)
class Spooled:
    """What is known of one image while packing: its name, digest and place in the spool."""

    path: str
    digest: str
    position: int


def content_sha256(paths: Iterable[str], digests: Iterable[str]) -> str:
    """The identity of a data set: the digest over its sorted paths and its files' digests."""
    total = hashlib.sha256()
    for path, digest in zip(paths, digests, strict=True):
        total.update(f"{digest}  {path}\n".encode())
    return total.hexdigest()


def decode(data: bytes, where: str) -> np.ndarray:
    """One picture as the pack keeps it: uint8, (64, 64), grey.

    Args:
        data: a JPEG, PNG, BMP or TIFF file.
        where: words that help to find the file, for the message.

    Raises:
        DataError: the bytes are no such picture, are cut short, or are too large.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MAXIMUM_PIXELS:
                raise DataError(f"The picture {where} has more than {_MAXIMUM_PIXELS:,} pixels.")
            if picture.mode.startswith("I;16"):
                grey = (np.asarray(picture) >> 8).astype(np.uint8)
            else:
                grey = np.asarray(picture.convert("L"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise DataError(
            f"The picture {where} cannot be decoded. Expected a whole JPEG, PNG, BMP or TIFF "
            "file; replace or remove it."
        ) from error
    if grey.shape != (SIDE, SIDE):
        grey = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return grey


def write(
    images: Iterable[Member],
    parent: Path,
    check: Callable[[str, dict[str, int]], str],
    progress: Progress | None = None,
    expected: int | None = None,
) -> Path:
    """Pack images into a new folder of ``parent`` and return it; the same content packs once.

    Args:
        images: the files, in any order.
        parent: where packs live; must be a folder.
        check: called with the root folder and the images per class before anything
            becomes visible; returns the pack's name or raises DataError.
        progress: told the number of images packed.
        expected: how many images there will be, when known.
    """
    work = Path(tempfile.mkdtemp(prefix=".packing-", dir=parent))
    try:
        spooled, root = _spool(images, work / "spool", progress, expected)
        spooled.sort(key=lambda item: item.path)
        paths = [item.path for item in spooled]
        if len(set(paths)) != len(paths):
            raise DataError("The data set names the same file twice.")
        classes = [path.split("/", 1)[0] for path in paths]
        labels = sorted(set(classes))
        name = check(root, dict(Counter(classes)))
        digests = [item.digest for item in spooled]
        sha256 = content_sha256(paths, digests)
        target = parent / f"{name}-{sha256[:12]}"
        if (target / INDEX).is_file():
            return target
        _sort(work / "spool", work / IMAGES, [item.position for item in spooled])
        (work / "spool").unlink()
        index = {
            "format": FORMAT,
            "name": name,
            "sha256": sha256,
            "images_sha256": file_sha256(work / IMAGES),
            "labels": labels,
            "targets": [labels.index(label) for label in classes],
            "paths": paths,
            "digests": digests,
        }
        write_durably(work / INDEX, json.dumps(index).encode())
        os.rename(work, target)
        sync(parent)
        return target
    finally:
        shutil.rmtree(work, ignore_errors=True)


def open_pack(folder: Path) -> Dataset:
    """The data set in a pack, its images memory-mapped read-only.

    Raises:
        DataError: the pack is incomplete, or of another version.
    """
    try:
        index = json.loads((folder / INDEX).read_text())
        images = np.load(folder / IMAGES, mmap_mode="r", allow_pickle=False)
        if index["format"] != FORMAT:
            raise DataError(_damaged(folder))
        targets = np.asarray(index["targets"], np.int64)
        if images.dtype != np.uint8 or images.shape != (len(targets), SIDE, SIDE):
            raise DataError(_damaged(folder))
        labels, paths, digests = (tuple(index[key]) for key in ("labels", "paths", "digests"))
        sha256 = index["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(_damaged(folder)) from error
    return Dataset(images, targets, labels, paths, sha256, digests, folder)


def verify(folder: Path) -> None:
    """Read the whole pack and compare it with its digests.

    Raises:
        DataError: a byte differs.
    """
    dataset = open_pack(folder)
    index = json.loads((folder / INDEX).read_text())
    classes = tuple(dataset.labels[target] for target in dataset.targets)
    same_images = file_sha256(folder / IMAGES) == index["images_sha256"]
    same_index = content_sha256(dataset.paths, dataset.digests) == dataset.sha256
    same_classes = classes == tuple(path.split("/", 1)[0] for path in dataset.paths)
    if not (same_images and same_index and same_classes):
        raise DataError(_damaged(folder))


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _spool(
    images: Iterable[Member], spool: Path, progress: Progress | None, expected: int | None
) -> tuple[list[Spooled], str]:
    spooled: list[Spooled] = []
    roots: set[str] = set()
    with spool.open("wb") as stream:
        for number, member in enumerate(images, start=1):
            label = member.path.split("/", 1)[0]
            grey = decode(member.data, f"number {number:,} (class folder {label})")
            stream.write(grey.tobytes())
            digest = hashlib.sha256(member.data).hexdigest()
            spooled.append(Spooled(member.path, digest, number - 1))
            roots.add(member.root)
            if progress and number % 500 == 0:
                progress("packing", number, expected)
    if len(roots) != 1:
        raise DataError(
            "The class folders lie at different depths. Expected <Class>/<file> for every image, "
            "with all class folders side by side."
        )
    if progress:
        progress("packing", len(spooled), len(spooled))
    return spooled, roots.pop()


def _sort(spool: Path, target: Path, order: list[int]) -> None:
    shape = (len(order), SIDE, SIDE)
    unsorted = np.memmap(spool, np.uint8, "r", shape=shape)
    images = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=shape)
    for start in range(0, len(order), _BLOCK):
        images[start : start + _BLOCK] = unsorted[order[start : start + _BLOCK]]
    images.flush()
    del images, unsorted
    sync(target)


def _damaged(folder: Path) -> str:
    return (
        f"The prepared data in {folder.name} is damaged or of another version. "
        "Delete that folder in ARNCNN_HOME/data and run: python -m arncnn data fetch"
    )
