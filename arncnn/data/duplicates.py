"""Copies and near-twins: images that would let a model be tested on what it has learnt.

Two images are near-twins when the root mean square of their grey-level differences is
under 5. 59,000 images make 1.7 thousand million pairs of 4,096 pixels each. A projection
onto orthonormal directions never lengthens a distance, so pairs that are far apart after
it are far apart before it: only the few that stay close are compared in full. The result
is exact.
"""

from collections.abc import Hashable
from pathlib import Path

import numpy as np

from arncnn.data.dataset import Dataset
from arncnn.progress import Progress

NEAR_TWIN_RMSE = 5.0  # grey levels of 255

_FREQUENCIES = 10  # along each axis: 100 directions
_MIDDLE_GREY = 127.5
_BLOCK = 1024  # rows compared at a time: 240 MB of distances against 59,000 images
_EXACT = 4096  # pairs compared pixel by pixel at a time
_SLACK = 1024.0  # squared grey levels; float32 rounding, some 100, must not lose a pair


def copies(dataset: Dataset) -> np.ndarray:
    """Images byte-identical to an earlier one: int64, (image,), ascending.

    Files are compared by their digests; arrays made in memory by their pixels.
    """
    later = [group[1:] for group in identical_groups(dataset)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *later]))


def identical_groups(dataset: Dataset) -> list[np.ndarray]:
    """The groups of two or more byte-identical images, each ascending."""
    members: dict[Hashable, list[int]] = {}
    identities = dataset.digests or [image.tobytes() for image in dataset.images]
    for index, identity in enumerate(identities):
        members.setdefault(identity, []).append(index)
    return [np.array(group, np.int64) for group in members.values() if len(group) > 1]


def near_twins(dataset: Dataset, progress: Progress | None = None) -> np.ndarray:
    """All pairs of near-twins: int64, (pair, 2), the smaller index first.

    Searched once for a pack and kept beside it.
    """
    kept = _kept(dataset)
    if kept is not None and kept.is_file():
        with np.load(kept, allow_pickle=False) as stored:
            return stored["pairs"].astype(np.int64)
    pairs = search(dataset.images, progress=progress)
    if kept is not None:
        temporary = kept.with_suffix(".new.npz")
        np.savez_compressed(temporary, pairs=pairs.astype(np.int32))
        temporary.replace(kept)
    return pairs


def with_twin_in(dataset: Dataset, these: np.ndarray, those: np.ndarray) -> np.ndarray:
    """Those of ``these`` images that have a near-twin among ``those``: int64, (image,)."""
    among = np.zeros(len(dataset), bool)
    among[those] = True
    first, second = near_twins(dataset).T
    has_twin = np.zeros(len(dataset), bool)
    has_twin[first[among[second]]] = True
    has_twin[second[among[first]]] = True
    return these[has_twin[these]]


def groups(dataset: Dataset, progress: Progress | None = None) -> np.ndarray:
    """A number for each image, equal where near-twins link images: int64, (image,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = near_twins(dataset, progress)
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(dataset), len(dataset)))
    return connected_components(links, directed=False)[1].astype(np.int64)


def search(
    images: np.ndarray, rmse: float = NEAR_TWIN_RMSE, progress: Progress | None = None
) -> np.ndarray:
    """All pairs of images whose grey levels differ by less than ``rmse``.

    Args:
        images: uint8, (image, height, width).
        rmse: root mean square difference in grey levels of 255.
        progress: told the number of images compared.

    Returns:
        int64, (pair, 2), the smaller index first, sorted.
    """
    flat = images.reshape(len(images), -1)
    limit = rmse**2 * flat.shape[1]  # squared distance
    projected = _project(flat, *images.shape[1:])
    squares = _squares(projected).astype(np.float32)
    found: list[np.ndarray] = []
    for start in range(0, len(flat), _BLOCK):
        rows = slice(start, start + _BLOCK)
        distances = projected[rows] @ projected[start:].T
        distances *= -2
        distances += squares[start:]
        distances += squares[rows, None]
        first, second = np.nonzero(distances < limit + _SLACK)
        ahead = second > first
        candidates = np.stack([first[ahead], second[ahead]], axis=1) + start
        found.append(candidates[_squared_distances(flat, candidates) < limit])
        if progress:
            progress("comparing images", min(start + _BLOCK, len(flat)), len(flat))
    return np.concatenate(found).astype(np.int64) if found else np.empty((0, 2), np.int64)


def _project(flat: np.ndarray, height: int, width: int) -> np.ndarray:
    """Each image's lowest cosine frequencies, and the length of what is left: float32.

    The difference of two lengths is at most the length of the difference, so the extra
    coordinate keeps the distance a lower bound and makes it a tighter one.
    """
    directions = np.kron(_cosines(height), _cosines(width)).T
    projected = np.empty((len(flat), directions.shape[1] + 1), np.float32)
    for start in range(0, len(flat), _EXACT):
        rows = slice(start, start + _EXACT)
        centred = flat[rows].astype(np.float32) - _MIDDLE_GREY  # small numbers round less
        projected[rows, :-1] = centred @ directions
        rest = _squares(centred) - _squares(projected[rows, :-1])
        projected[rows, -1] = np.sqrt(np.maximum(rest, 0))
    return projected


def _cosines(length: int) -> np.ndarray:
    """The first rows of the orthonormal discrete cosine transform: float32, (row, length)."""
    frequency, place = np.mgrid[0 : min(_FREQUENCIES, length), 0:length]
    rows = np.cos(np.pi * (place + 0.5) * frequency / length) * np.sqrt(2 / length)
    rows[0] /= np.sqrt(2)
    return rows.astype(np.float32)


def _squares(vectors: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)


def _squared_distances(flat: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Exact squared distances of the pairs: int64, (pair,)."""
    result = np.empty(len(pairs), np.int64)
    for start in range(0, len(pairs), _EXACT):
        chunk = pairs[start : start + _EXACT]
        difference = flat[chunk[:, 0]].astype(np.int32) - flat[chunk[:, 1]]
        result[start : start + _EXACT] = np.einsum("ij,ij->i", difference, difference)
    return result


def _kept(dataset: Dataset) -> Path | None:
    return dataset.folder / "near_twins.npz" if dataset.folder else None
