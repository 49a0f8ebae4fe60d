"""Weights: an HDF5 file into a network, after looking at what the file would have it do.

HDF5 can name other files to read from, and can state sizes that nothing stands behind: Keras
follows the one and makes room for the other.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from arncnn.errors import ModelError

_UNFIT = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, MemoryError)
_NUMBER_BYTES = 4  # float32
_DEEPEST = 16  # groups within groups


def load(model: Any, file: Path) -> None:
    """Put the file's weights into a Keras network.

    Raises:
        ModelError: the file is damaged, does not fit the network or points elsewhere.
    """
    most = sum(math.prod(weight.shape) for weight in model.weights) * _NUMBER_BYTES
    try:
        with h5py.File(file, "r") as stored:
            held = sum(dataset.nbytes for dataset in _datasets(stored))
        if held > most:
            raise ValueError("larger than the network")
        model.load_weights(file)
    except _UNFIT as error:
        raise ModelError(
            "The model's weights do not fit the network it names. Restore or replace the model."
        ) from error


def _datasets(group: Any, depth: int = 0) -> Iterator[Any]:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError("a link")
        found = group[name]
        if isinstance(found, h5py.Group):
            yield from _datasets(found, depth + 1)
        elif isinstance(found, h5py.Dataset) and not (found.is_virtual or found.external):
            yield found
        else:
            raise ValueError("data of another file, or no data")
