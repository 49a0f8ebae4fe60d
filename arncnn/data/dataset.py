"""Dataset: every image of an image-folder data set as one array, with what is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

SIDE = 64  # pixels; the height and width of Medical MNIST and of the network's input


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with their classes, in the order of the sorted paths.

    Attributes:
        images: uint8, (image, 64, 64), 0 to 255; read-only and memory-mapped when it
            comes from a pack, so opening it costs no memory.
        targets: int64, (image,); index into ``labels``.
        labels: the classes' folder names, sorted.
        paths: ``<Class>/<file>`` of each image.
        sha256: hex digest over the paths and the files' own digests: the same for the
            same files, whatever archive or folder they came from.
        digests: hex SHA-256 of each file's bytes; empty for arrays made in memory.
        left_out: path and reason of each file that was offered and is no picture here.
        folder: the pack it was opened from, where results about it are kept; or None.
    """

    images: np.ndarray
    targets: np.ndarray
    labels: tuple[str, ...]
    paths: tuple[str, ...]
    sha256: str
    digests: tuple[str, ...] = ()
    folder: Path | None = None
    left_out: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.targets)

    def with_labels(self, labels: tuple[str, ...]) -> "Dataset":
        """This data set with its classes counted by another list that holds them all."""
        position = np.array([labels.index(name) for name in self.labels], np.int64)
        return replace(self, targets=position[self.targets], labels=labels)

    def counts(self, indices: Sequence[int] | np.ndarray | None = None) -> dict[str, int]:
        """How many images each class has, among ``indices`` or among all."""
        targets = self.targets if indices is None else self.targets[np.asarray(indices, int)]
        numbers = np.bincount(targets, minlength=len(self.labels))
        return {label: int(number) for label, number in zip(self.labels, numbers, strict=True)}
