"""Whether a scan is among the images that a model learnt from, or is a near-twin of one.

The whole training part can only be compared with where its data set is on this machine: byte
for byte, then grey level for grey level. Elsewhere the model carries the features of a sample
of its training images, and what it cannot tell from one of these counts as its near-twin.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from arncnn import data
from arncnn.data import splits
from arncnn.data.dataset import SIDE, Dataset
from arncnn.data.duplicates import NEAR_TWIN_RMSE
from arncnn.explain.similar import Bank
from arncnn.models.bundle import ModelBundle
from arncnn.uncertainty.novelty_scores import squared_distances

Match = Literal["exact", "near"]
_SAME_FEATURES = 0.02  # of a vector's length: `similar.nearest` calls these copies as well
_ROUNDED = 1e-3  # far more than float32 loses of a length
_BLOCK = 4096  # images at a time: 16 MB


@dataclass(frozen=True, eq=False)
class TrainingImages:
    """What is known of a model's training images on this machine.

    Attributes:
        digests: hex SHA-256 of their files; empty without the data set.
        images: uint8, (image, 64, 64), the whole data set, or None.
        rows: int64, (n,), which of the images the model learnt from.
        means: float32, (n,), mean grey level of each of these.
        spreads: float32, (n,), standard deviation of each of these.
        bank: features of a sample of them, or None.
        lengths: float32, (m,), of the bank's vectors.
    """

    digests: frozenset[str]
    images: np.ndarray | None
    rows: np.ndarray
    means: np.ndarray
    spreads: np.ndarray
    bank: Bank | None
    lengths: np.ndarray

    @classmethod
    def of(cls, bundle: ModelBundle, bank: Bank | None) -> "TrainingImages":
        """What is known for a model: of its data set where that is here, else of its features."""
        vectors = np.empty((0, 0), np.float32) if bank is None else bank.vectors.astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1)
        dataset = data.prepared()
        rows = None if dataset is None else _learnt_from(bundle, dataset)
        if dataset is None or rows is None:
            none = np.empty(0)
            return cls(frozenset(), None, np.empty(0, np.int64), none, none, bank, lengths)
        digests = frozenset(dataset.digests[row] for row in rows if dataset.digests)
        means, spreads = _moments(dataset.images, rows)
        return cls(digests, dataset.images, rows, means, spreads, bank, lengths)

    def match(self, sha256: str, display: np.ndarray, vector: np.ndarray) -> Match | None:
        """What is known of one scan; None says that no match was found, not that there is none.

        Args:
            sha256: hex digest of the file's bytes.
            display: uint8, (height, width), the picture as shown.
            vector: float32, (256,), the scan's feature vector.
        """
        if sha256 in self.digests:
            return "exact"
        if self.images is not None:
            return "near" if self._has_twin(display, self.images) else None
        if self.bank is None:
            return None
        return "near" if self._has_same_features(vector, self.bank.vectors) else None

    def _has_same_features(self, vector: np.ndarray, vectors: np.ndarray) -> bool:
        """Vectors are at least as far apart as their lengths differ: few are compared."""
        length = float(np.linalg.norm(vector))
        reach = _SAME_FEATURES * length
        candidates = vectors[np.abs(self.lengths - length) <= reach * (1 + _ROUNDED)]
        nearest = squared_distances(vector[None], candidates).min(initial=np.inf)
        return bool(nearest <= reach**2)

    def _has_twin(self, display: np.ndarray, images: np.ndarray) -> bool:
        """Pictures differ at least as much as their means and spreads do: few are compared."""
        small = cv2.resize(display, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        apart = np.hypot(self.means - small.mean(), self.spreads - small.std())
        candidates = self.rows[apart < NEAR_TWIN_RMSE]
        for start in range(0, len(candidates), _BLOCK):
            some = np.asarray(images[candidates[start : start + _BLOCK]], np.float32)
            if (((some - small) ** 2).mean(axis=(1, 2)) < NEAR_TWIN_RMSE**2).any():
                return True
        return False


def _learnt_from(bundle: ModelBundle, dataset: Dataset) -> np.ndarray | None:
    """The training part, calibration images included; None where data or split are others."""
    learnt = bundle.metadata.data
    if dataset.sha256 != learnt.sha256 or learnt.split != "paper":
        return None
    return splits.paper(dataset).train


def _moments(images: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    means, spreads = np.empty(len(rows), np.float32), np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = np.asarray(images[rows[start : start + _BLOCK]], np.float32)
        means[start : start + _BLOCK] = block.mean(axis=(1, 2))
        spreads[start : start + _BLOCK] = block.std(axis=(1, 2))
    return means, spreads
