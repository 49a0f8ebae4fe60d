"""Outliers: pictures of what the classes are not, to learn what is not known.

A folder of ``<kind>/`` folders of any files that the intake reads. They are decoded as a scan to
be read is, of a CT in Hounsfield units its first view. What they show matters only in that it is
none of the classes (auxiliary outliers: Hendrycks et al. 2019, "Deep anomaly detection with
outlier exposure").
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arncnn.data.dataset import SIDE
from arncnn.data.decoding import NoPictureError, decode
from arncnn.errors import DataError, UsageError
from arncnn.progress import Progress


@dataclass(frozen=True, eq=False)
class Outliers:
    """Pictures by kind.

    Attributes:
        images: uint8, (n, 64, 64).
        kinds: text, (n,), the kind of each.
        paths: of each below the folder.
        sha256: hex digest over names and contents of the files.
    """

    images: np.ndarray
    kinds: np.ndarray
    paths: tuple[str, ...]
    sha256: str

    def __len__(self) -> int:
        return len(self.images)

    def counts(self) -> Mapping[str, int]:
        """How many pictures of each kind."""
        names, counts = np.unique(self.kinds, return_counts=True)
        return dict(zip(names.tolist(), counts.tolist(), strict=True))

    def without(self, kinds: Sequence[str]) -> "Outliers":
        """Those of all other kinds.

        Raises:
            UsageError: there is no such kind, or nothing is left.
        """
        unknown = sorted(set(kinds) - set(self.counts()))
        if unknown:
            raise UsageError(
                f"There is no kind {unknown[0]!r} among the outliers; choose from "
                f"{', '.join(self.counts())}."
            )
        return self._take(~np.isin(self.kinds, list(kinds)))

    def only(self, kinds: Sequence[str]) -> "Outliers":
        """Those of these kinds."""
        return self._take(np.isin(self.kinds, list(kinds)))

    def _take(self, kept: np.ndarray) -> "Outliers":
        if not kept.any():
            raise UsageError("No outliers remain.")
        paths = tuple(np.array(self.paths)[kept].tolist())
        return Outliers(self.images[kept], self.kinds[kept], paths, self.sha256)


def load(folder: Path, progress: Progress | None = None) -> Outliers:
    """Decode a folder of kinds; what is no picture is left out.

    Args:
        folder: holds ``<kind>/`` folders; other files in it are not looked at.
        progress: of decoding.

    Raises:
        DataError: there is no picture in any folder of a kind.
    """
    files = sorted(path for path in folder.glob("*/*") if path.is_file()) if folder.is_dir() else []
    summed = hashlib.sha256()
    images, kinds, paths = [], [], []
    for number, path in enumerate(files, 1):
        raw, name = path.read_bytes(), path.relative_to(folder).as_posix()
        try:
            images.append(decode(raw, name))
        except NoPictureError:
            continue
        finally:
            if progress is not None:
                progress("outliers", number, len(files))
        kinds.append(path.parent.name)
        paths.append(name)
        summed.update(f"{name}\0{hashlib.sha256(raw).hexdigest()}\n".encode())
    if not images:
        raise DataError(
            "The folder of outliers holds no images. It needs one folder of images for each kind."
        )
    pictures = np.stack([_of_side(image) for image in images])
    return Outliers(pictures, np.array(kinds), tuple(paths), summed.hexdigest())


def _of_side(image: np.ndarray) -> np.ndarray:
    if image.shape != (SIDE, SIDE):
        raise DataError(f"A decoded image has the shape {image.shape}.")
    return image
