"""Harm done to a model's folder: one bit, or files that are sealed though nothing in them holds."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

Harm = Callable[[Path], None]


def flip(file: Path, position: int, bit: int) -> None:
    """One bit; done again, it is as before."""
    with file.open("r+b") as stream:
        stream.seek(position)
        byte = stream.read(1)[0]
        stream.seek(position)
        stream.write(bytes([byte ^ (1 << bit)]))


def sums_again(folder: Path) -> None:
    """The sums in ``model.json`` made right for what lies in the folder, as an attacker would."""
    about = json.loads((folder / "model.json").read_text())
    about["files"] = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.name != "model.json"
    }
    (folder / "model.json").write_text(json.dumps(about))


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def objects(file: Path) -> None:
    _rewrite(file, lambda array: np.array([array, None], object))


def flat(file: Path) -> None:
    _rewrite(file, lambda array: np.array(array).reshape(1, -1, 1, 1, 1))


def not_a_number(file: Path) -> None:
    _rewrite(file, lambda a: np.full_like(a, np.nan) if a.dtype.kind == "f" else a)


def text(file: Path) -> None:
    _rewrite(file, lambda array: array.astype(str))


def empty(file: Path) -> None:
    _rewrite(file, lambda array: array[:0] if array.ndim else array)


def nameless(file: Path) -> None:
    np.savez(file, something=np.zeros(3))


def out_of_range(file: Path) -> None:
    _rewrite(file, lambda array: array[..., ::-1] if array.dtype.kind == "f" else _far_below(array))


def _far_below(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "iu" or array.ndim != 1:
        return array
    return np.full_like(array, np.iinfo(array.dtype).min)


OF_ARRAYS: tuple[Harm, ...] = (
    truncated,
    objects,
    flat,
    not_a_number,
    text,
    empty,
    nameless,
    out_of_range,
)
"""What is done to an NPZ file."""


def _rewrite(file: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    with np.load(file) as stored:
        np.savez(file, **{name: change(array) for name, array in dict(stored).items()})
