"""Reported: scans that people said show none of the classes, as a novelty score.

A scan counts as strange when it lies nearer to a reported scan than to any known class, in
the space where the known classes vary alike in all directions: the log likelihood ratio of
linear discriminant analysis (Fisher 1936) with one prototype a reported scan.

The score only joins the others before they are calibrated. Calibration images are known
scans that took no part in fitting, so the stated false-alarm rate holds whatever is reported
(Bates et al. 2023): a report that resembles the known scans raises their scores as much as
its own and so changes little, instead of refusing them.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from arncnn.uncertainty.novelty_scores import (
    FeatureSet,
    PooledMahalanobis,
    Shapes,
    squared_distances,
)


@dataclass(frozen=True, eq=False)
class Reported:
    """How much nearer an image lies to a reported scan than to the nearest class.

    Attributes:
        means: float32, (classes, channels), whitened class means.
        whitening: float32, (channels, channels), see ``Mahalanobis``.
        prototypes: float32, (scans, channels), whitened mean of each reported scan.
    """

    name: ClassVar[str] = "reported"
    shapes: ClassVar[Shapes] = {**PooledMahalanobis.shapes, "prototypes": ("scans", "channels")}

    means: np.ndarray
    whitening: np.ndarray
    prototypes: np.ndarray

    @classmethod
    def fit(
        cls,
        training: FeatureSet,
        targets: np.ndarray,
        reported: FeatureSet,
        scans: np.ndarray,
        seed: int = 0,
    ) -> Self:
        """Learn from known and from reported images.

        Args:
            training: features of known images.
            targets: int, (n,), their classes.
            reported: features of reported images, several appearances of each scan.
            scans: (m,), which scan each of those rows shows.
            seed: unused; every score takes one.
        """
        known = PooledMahalanobis.fit(training, targets, seed)
        _, inverse = np.unique(np.asarray(scans), return_inverse=True)
        white = known.rows(reported) @ known.whitening
        prototypes = [white[inverse == scan].mean(axis=0) for scan in range(inverse.max() + 1)]
        return cls(known.means, known.whitening, np.stack(prototypes).astype(np.float32))

    def values(self, features: FeatureSet) -> np.ndarray:
        """float32, (n,): above 0 where a reported scan is nearer than any class."""
        white = PooledMahalanobis.rows(features) @ self.whitening
        to_known = squared_distances(white, self.means).min(axis=1)
        to_reported = squared_distances(white, self.prototypes).min(axis=1)
        return (0.5 * (to_known - to_reported)).astype(np.float32)
