"""StoredArrays: what an NPZ file of a model holds, each array of the type and shape asked for.

NumPy makes room for whatever size an array's header states before it reads a byte of it, and
hands on any type and shape. Here a stated size is first held against the bytes that are there
and against a bound, and what does not fit ends in a ModelError.
"""

import lzma
import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from arncnn.errors import ModelError

MOST_BYTES = 256 * 2**20  # of one file's arrays: a model of 1,000 classes needs a quarter
_MOST_ARRAYS = 100
_KINDS = {"number": "f", "whole number": "iu", "text": "U"}  # NumPy's kinds of a type
_UNREADABLE = (  # what ZIP, inflation and NumPy's header raise for bytes that are damaged
    OSError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError, EOFError,
    RuntimeError, SyntaxError, MemoryError, struct.error, tokenize.TokenError,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip


class StoredArrays:
    """The arrays of one file. A length that has a name is the same wherever it is named."""

    def __init__(self, path: Path, what: str, **lengths: int) -> None:
        """Reads the file.

        Args:
            path: of the NPZ file.
            what: how a message calls it, e.g. "predictions".
            lengths: those that are known beforehand, by name.

        Raises:
            ModelError: it is no whole NPZ file, is too large, or holds Python objects.
        """
        self._what = what
        try:
            with zipfile.ZipFile(path) as archive:
                self._arrays = dict(_arrays(archive))
        except _UNREADABLE as error:
            raise self.damaged("it cannot be read") from error
        self._lengths = lengths

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def take(self, name: str, kind: str, *shape: int | str) -> np.ndarray:
        """An array as it is stored.

        Args:
            name: of the array.
            kind: "number" (any float, finite), "whole number" or "text".
            shape: for each axis its length, or the length's name.

        Raises:
            ModelError: there is none, it is of another kind or shape, or not finite.
        """
        found = self._arrays.get(name)
        if found is None or found.dtype.kind not in _KINDS[kind] or found.ndim != len(shape):
            raise self.damaged(f"{name} must be {kind}s in {len(shape)} dimensions")
        for asked, length in zip(shape, found.shape, strict=True):
            known = self._lengths.setdefault(asked, length) if isinstance(asked, str) else asked
            if known != length:
                raise self.damaged(f"{name} has another shape than the rest")
        if kind == "number" and not np.isfinite(found).all():
            raise self.damaged(f"{name} holds numbers that are not finite")
        return found

    def damaged(self, why: str) -> ModelError:
        """The error to raise for a file of which something does not hold."""
        return ModelError(
            f"The model's {self._what} file is damaged: {why}; restore the model or choose another."
        )


def _arrays(archive: zipfile.ZipFile) -> list[tuple[str, np.ndarray]]:
    members = archive.infolist()
    if len(members) > _MOST_ARRAYS or sum(info.file_size for info in members) > MOST_BYTES:
        raise ValueError("too large")
    return [(info.filename.removesuffix(".npy"), _array(archive, info)) for info in members]


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as stream:
        version = np.lib.format.read_magic(stream)
        header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, is_fortran, dtype = header(stream)
        stated = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or min(shape, default=0) < 0 or stated > info.file_size:
            raise ValueError("no plain array of that size")
        content = stream.read(stated)
        if len(content) < stated or stream.read(1):  # reading past the end compares the sum, too
            raise EOFError
    return np.frombuffer(content, dtype).reshape(shape, order="F" if is_fortran else "C")
