"""Novelty scores in feature space: high means unlike the training images.

| Name | Looks at | Source |
| --- | --- | --- |
| ``mahalanobis`` | 256-vector, distance to the nearest class mean | Lee et al. 2018 |
| ``pooled_mahalanobis`` | the same on the pooled last conv map | |
| ``neighbours`` | pooled last conv map, distance to the k-th neighbour | Sun et al. 2022 |
| ``residual`` | 256-vector, what the main directions do not explain | ViM, Wang et al. 2022 |
| ``known`` | both, trained with outliers (``uncertainty.known``) | Hendrycks et al. 2019 |

Each is fitted on training features and kept small enough to travel with the model. New models
have ``novelty.CHOSEN``; the others are measured against them, and models sealed earlier have them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol, Self

import numpy as np

NEIGHBOUR = 5  # which neighbour's distance counts; 1 would trust a single odd training image
BANK_ROWS = 4000  # float16 rows of 125 numbers: 1 MB
Shapes = Mapping[str, tuple[str, ...]]
WIDTHS = ("vector", "channels")  # lengths that the network decides, the same in every score
_CHUNK = 1024  # rows compared with the bank at once: 16 MB
_ROUNDED = np.float32(1e-6)  # squared distances up to here are the rounding of a product
RESIDUAL_EXPLAINED = 0.98  # share of variance that the main directions carry


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """What the scores look at, for n images.

    Attributes:
        vectors: float32, (n, 256), the activations after the dense GELU layer.
        pooled: float32, (n, channels), the last conv map averaged over its positions.
        peaks: float32, (n, channels), its maximum over them.
    """

    vectors: np.ndarray
    pooled: np.ndarray
    peaks: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray, conv_maps: np.ndarray) -> "FeatureSet":
        """From (n, 256) vectors and (n, height, width, channels) maps; or one of each."""
        if np.ndim(vectors) == 1:
            vectors, conv_maps = vectors[np.newaxis], conv_maps[np.newaxis]
        pooled = np.mean(conv_maps, axis=(1, 2), dtype=np.float32)
        peaks = np.max(conv_maps, axis=(1, 2)).astype(np.float32)
        return cls(np.asarray(vectors, np.float32), np.asarray(pooled), peaks)

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, rows: np.ndarray) -> "FeatureSet":
        """Some of the rows."""
        return FeatureSet(self.vectors[rows], self.pooled[rows], self.peaks[rows])

    @classmethod
    def joined(cls, parts: Sequence["FeatureSet"]) -> "FeatureSet":
        """Several sets, one after another."""
        return cls(
            np.concatenate([part.vectors for part in parts]),
            np.concatenate([part.pooled for part in parts]),
            np.concatenate([part.peaks for part in parts]),
        )


class Score(Protocol):
    """One fitted novelty score: a dataclass of the arrays that are stored under their names."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    name: ClassVar[str]
    shapes: ClassVar[Shapes]
    """For each of its arrays what its axes count; ``WIDTHS`` are the network's."""

    def values(self, features: FeatureSet) -> np.ndarray:
        """float32, (n,), high for novel images."""
        ...


class Fittable(Score, Protocol):
    """A score that known scans alone define."""

    @classmethod
    def fit(cls, training: FeatureSet, targets: np.ndarray, seed: int) -> Self:
        """Learn the known scans from features and classes of training images."""
        ...


@dataclass(frozen=True, eq=False)
class Mahalanobis:
    """Distance to the nearest class mean under one shared, shrunk covariance.

    Attributes:
        means: float32, (classes, d), whitened class means.
        whitening: float32, (d, d), ``L`` with ``L L^T`` the inverse covariance; stored as it is,
            since it spans many powers of ten.
    """

    name: ClassVar[str] = "mahalanobis"
    shapes: ClassVar[Shapes] = {"means": ("classes", "vector"), "whitening": ("vector", "vector")}

    means: np.ndarray
    whitening: np.ndarray

    @staticmethod
    def rows(features: FeatureSet) -> np.ndarray:
        """The features this score looks at: (n, d)."""
        return features.vectors

    @classmethod
    def fit(cls, training: FeatureSet, targets: np.ndarray, seed: int) -> Self:
        """Class means, and the Ledoit-Wolf covariance of the rows around them."""
        from sklearn.covariance import LedoitWolf  # slow to import: only where used

        rows = cls.rows(training).astype(np.float64)
        classes, inverse = np.unique(targets, return_inverse=True)
        means = np.stack([rows[inverse == column].mean(axis=0) for column in range(len(classes))])
        fitted = LedoitWolf(assume_centered=True).fit(rows - means[inverse])
        whitening = np.linalg.cholesky(np.linalg.inv(fitted.covariance_))
        return cls((means @ whitening).astype(np.float32), whitening.astype(np.float32))

    def values(self, features: FeatureSet) -> np.ndarray:
        """The distance to the nearest class mean."""
        white = self.rows(features) @ self.whitening  # (n, d)
        return np.sqrt(squared_distances(white, self.means).min(axis=1)).astype(np.float32)


class PooledMahalanobis(Mahalanobis):
    """The same on the pooled last conv map, before the head has chosen what to keep."""

    name: ClassVar[str] = "pooled_mahalanobis"
    shapes: ClassVar[Shapes] = {
        "means": ("classes", "channels"),
        "whitening": ("channels", "channels"),
    }

    @staticmethod
    def rows(features: FeatureSet) -> np.ndarray:
        """The pooled last conv map."""
        return features.pooled


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Distance to the k-th nearest training image, on directions only.

    Attributes:
        bank: float16, (rows, channels): directions within 0.03 degrees.
    """

    name: ClassVar[str] = "neighbours"
    shapes: ClassVar[Shapes] = {"bank": ("rows", "channels")}

    bank: np.ndarray

    @cached_property
    def directions(self) -> np.ndarray:
        """float32, (rows, channels), of length 1 again after the rounding."""
        return _directions(self.bank.astype(np.float32))

    @classmethod
    def fit(cls, training: FeatureSet, targets: np.ndarray, seed: int) -> Self:
        """A random bank with the same number of images of every class, where there are."""
        generator = np.random.default_rng(seed)
        classes = np.unique(targets)
        share = BANK_ROWS // len(classes)
        chosen = [
            generator.permutation(np.flatnonzero(targets == label))[:share] for label in classes
        ]
        bank = _directions(training.pooled[np.concatenate(chosen)])
        return cls(bank.astype(np.float16))

    def values(self, features: FeatureSet) -> np.ndarray:
        """The distance to the k-th neighbour, 0 to 2.

        One product and a partition: 24 microseconds for an image, where scikit-learn's
        ``NearestNeighbors`` takes 370 to 980 by its own checks.
        """
        rank = len(self.bank) - min(NEIGHBOUR, len(self.bank))
        cosines = np.empty(len(features), np.float32)
        for start in range(0, len(features), _CHUNK):
            rows = _directions(features.pooled[start : start + _CHUNK])
            ordered = np.partition(rows @ self.directions.T, rank, axis=1)
            cosines[start : start + _CHUNK] = ordered[:, rank]
        squared = 2 - 2 * cosines  # both sides have length 1
        return np.sqrt(np.where(squared > _ROUNDED, squared, 0))


@dataclass(frozen=True, eq=False)
class Residual:
    """Share of the vector that the training images' main directions leave unexplained.

    ViM's residual without its virtual logit, divided by the vector's length so that a
    weak response is not taken for a known one.

    Attributes:
        mean: float32, (256,), of the training vectors.
        directions: float32, (256, kept), orthonormal main directions.
    """

    name: ClassVar[str] = "residual"
    shapes: ClassVar[Shapes] = {"mean": ("vector",), "directions": ("vector", "kept")}

    mean: np.ndarray
    directions: np.ndarray

    @classmethod
    def fit(cls, training: FeatureSet, targets: np.ndarray, seed: int) -> Self:
        """The fewest principal directions that carry ``RESIDUAL_EXPLAINED`` of the variance."""
        rows = training.vectors.astype(np.float64)
        mean = rows.mean(axis=0)
        values, directions = np.linalg.eigh(np.cov(rows - mean, rowvar=False))
        values, directions = np.maximum(values[::-1], 0), directions[:, ::-1]
        explained = np.cumsum(values) / values.sum()
        kept = min(int(np.searchsorted(explained, RESIDUAL_EXPLAINED)) + 1, len(values) - 1)
        return cls(mean.astype(np.float32), directions[:, :kept].astype(np.float32))

    def values(self, features: FeatureSet) -> np.ndarray:
        """Unexplained length over whole length, 0 to 1."""
        centred = features.vectors - self.mean
        whole = np.einsum("nd,nd->n", centred, centred)
        projected = centred @ self.directions  # (n, kept)
        explained = np.einsum("nd,nd->n", projected, projected)
        return np.sqrt(np.maximum(whole - explained, 0) / np.maximum(whole, 1e-12))


SCORES: dict[str, type[Fittable]] = {
    score.name: score  # type: ignore[type-abstract]
    for score in (Mahalanobis, PooledMahalanobis, Neighbours, Residual)
}


def _directions(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def squared_distances(rows: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances: (n, d) and (m, d) of any floats give float64, (n, m)."""
    from scipy.spatial.distance import cdist  # slow to import: only where used

    return cdist(rows, to, "sqeuclidean")
