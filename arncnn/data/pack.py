"""A pack: one memory-mapped array of all images and one index, written whole or not at all.

Layout of the folder ``<home>/data/<name>-<first digits of the data set's SHA-256>``::

    images.npy   uint8 (image, 64, 64), in the order of the sorted paths
    index.json   labels, targets, paths, digest of every file, digest of images.npy
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arncnn.data.dataset import SIDE, Dataset
from arncnn.data.decoding import NoPictureError, decode
from arncnn.data.source import Member
from arncnn.errors import DataError
from arncnn.files import sync, write_durably
from arncnn.formatting import counted
from arncnn.intake import limits
from arncnn.progress import Progress

IMAGES, INDEX = "images.npy", "index.json"
FORMAT = 1  # raised when a pack of an earlier version can no longer be read

_AHEAD = 32  # files that are read while others are decoded
_AHEAD_BYTES = 64 * limits.MIB  # and their bytes
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


def write(
    images: Iterable[Member],
    parent: Path,
    check: Callable[[str, dict[str, int]], str],
    progress: Progress | None = None,
    expected: int | None = None,
    *,
    is_known: bool = False,
    left_out: Sequence[tuple[str, str]] = (),
) -> Path:
    """Pack images into a new folder of ``parent`` and return it; the same content packs once.

    Args:
        images: the files, in any order.
        parent: where packs live; must be a folder.
        check: called with the root folder and the images per class before anything
            becomes visible; returns the pack's name or raises DataError.
        progress: told the number of images packed.
        expected: how many images there will be, when known.
        is_known: whether the files were proven by a sum; see ``decode``.
        left_out: path and reason of files that never came, known once all have.
    """
    work = Path(tempfile.mkdtemp(prefix=".packing-", dir=parent))
    try:
        found = _spool(images, work / "spool", progress, expected, is_known)
        spooled = sorted(found.images, key=lambda item: item.path)
        paths = [item.path for item in spooled]
        if len(set(paths)) != len(paths):
            raise DataError("The data set lists the same file twice.")
        classes = [path.split("/", 1)[0] for path in paths]
        labels = sorted(set(classes))
        name = check(found.root, dict(Counter(classes)))
        digests = [item.digest for item in spooled]
        sha256 = content_sha256(paths, digests)
        _sort(work / "spool", work / IMAGES, [item.position for item in spooled])
        (work / "spool").unlink()
        images_sha256 = file_sha256(work / IMAGES)
        target = parent / f"{name}-{sha256[:12]}"
        if (target / INDEX).is_file():
            there = json.loads((target / INDEX).read_text())
            if there.get("images_sha256") == images_sha256:
                return target
            target = parent / f"{target.name}-{images_sha256[:12]}"  # decoded otherwise before
            if (target / INDEX).is_file():
                return target
        index = {
            "format": FORMAT,
            "name": name,
            "sha256": sha256,
            "images_sha256": images_sha256,
            "labels": labels,
            "targets": [labels.index(label) for label in classes],
            "paths": paths,
            "digests": digests,
            "left_out": sorted([*found.left_out, *left_out]),
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
    left_out = tuple((path, reason) for path, reason in index.get("left_out", ()))
    return Dataset(images, targets, labels, paths, sha256, digests, folder, left_out)


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


@dataclass(frozen=True)
class _Spool:
    """What became of all files: images in the spool, and files left out with their reasons."""

    images: list[Spooled]
    left_out: list[tuple[str, str]]
    root: str


def _spool(
    images: Iterable[Member],
    spool: Path,
    progress: Progress | None,
    expected: int | None,
    is_known: bool,
) -> _Spool:
    spooled: list[Spooled] = []
    left_out: list[tuple[str, str]] = []
    roots: set[str] = set()
    with spool.open("wb") as stream:
        for number, (member, digest, found) in enumerate(_decoded(images, is_known), start=1):
            if isinstance(found, NoPictureError):
                left_out.append((member.path, str(found)))
            else:
                stream.write(found.tobytes())
                spooled.append(Spooled(member.path, digest, len(spooled)))
            roots.add(member.root)
            if progress and number % 500 == 0:
                progress("packing", number, expected)
    _check_classes(spooled, left_out)
    if len(roots) != 1:
        raise DataError(
            "The class folders lie at different depths. Expected <Class>/<file> for every image, "
            "with all class folders side by side."
        )
    if progress:
        progress("packing", len(spooled), len(spooled))
        if left_out:
            progress(f"{counted(len(left_out), 'file')} left out; data show lists them", 0, None)
    return _Spool(spooled, left_out, roots.pop())


def _check_classes(spooled: list[Spooled], left_out: list[tuple[str, str]]) -> None:
    """A class of which nothing is left would be missing from the model without a word."""
    kept = {item.path.split("/", 1)[0] for item in spooled}
    for path, reason in left_out:
        label = path.split("/", 1)[0]
        if label not in kept:
            count = sum(other.split("/", 1)[0] == label for other, _ in left_out)
            raise DataError(
                f"No file of the class folder {label} is an image that can be read "
                f"({count:,} tried), so the class would be empty. {reason} Or remove the "
                "folder."
            )


def _decoded(
    images: Iterable[Member], is_known: bool
) -> Iterator[tuple[Member, str, np.ndarray | NoPictureError]]:
    """Every file with its digest and its image, in order; some are decoded side by side."""
    waiting: deque[tuple[Member, Future[tuple[str, np.ndarray | NoPictureError]]]] = deque()
    ahead = 0
    if is_known:
        for number, member in enumerate(images, start=1):
            yield member, *_one(member, number, is_known)
        return
    with ThreadPoolExecutor(limits.CHILDREN) as pool:
        try:
            for number, member in enumerate(images, start=1):
                waiting.append((member, pool.submit(_one, member, number, is_known)))
                ahead += len(member.data)
                while len(waiting) > _AHEAD or ahead > _AHEAD_BYTES:
                    done, result = waiting.popleft()
                    ahead -= len(done.data)
                    yield done, *result.result()
            for done, result in waiting:
                yield done, *result.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _one(member: Member, number: int, is_known: bool) -> tuple[str, np.ndarray | NoPictureError]:
    digest = hashlib.sha256(member.data).hexdigest()
    label = member.path.split("/", 1)[0]
    try:
        where = f"number {number:,} (class folder {label})"
        return digest, decode(member.data, where, is_known=is_known)
    except NoPictureError as error:
        return digest, error


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
        f"The prepared data in {folder.name} is damaged or from another version. Delete "
        "that folder in ARNCNN_HOME/data and run: python -m arncnn data fetch"
    )
