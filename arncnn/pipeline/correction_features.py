"""Corrected: what the refusal is told of corrected scans, each in several appearances."""

from dataclasses import dataclass

import numpy as np

from arncnn.data.approved_corrections import ApprovedCorrections
from arncnn.inference.batched import run
from arncnn.network.forward import ForwardPass
from arncnn.uncertainty.novelty_scores import FeatureSet

_APPEARANCES = 8  # as it is, and randomised: new scans of its kind will not look the same
_SEED = 20


@dataclass(frozen=True, eq=False)
class Corrected:
    """Features of corrected scans.

    Attributes:
        known: of scans of the model's classes.
        targets: int64, (n,), their classes.
        strange: of scans of "none of these".
        scans: (m,), which scan each of those rows shows.
    """

    known: FeatureSet
    targets: np.ndarray
    strange: FeatureSet
    scans: np.ndarray

    @classmethod
    def of(
        cls, forward: ForwardPass, corrections: ApprovedCorrections | None, labels: tuple[str, ...]
    ) -> "Corrected | None":
        """Pass the corrected scans through the network; None without corrections."""
        if corrections is None:
            return None
        learned, strange = corrections.with_answers(*labels), corrections.with_answers(None)
        return cls(
            _appearances(forward, learned.images),
            np.tile(learned.targets(labels), _APPEARANCES),
            _appearances(forward, strange.images),
            np.tile(np.array(strange.case_ids, np.str_), _APPEARANCES),
        )


def _appearances(forward: ForwardPass, images: np.ndarray) -> FeatureSet:
    """Features of all images as they are, then of all randomised, again and again."""
    if not len(images):
        return FeatureSet(*(np.zeros((0, 0), np.float32) for _ in range(3)))
    rng, rows = np.random.default_rng(_SEED), np.arange(len(images))
    shown = [run(forward, images, rows, rng if times else None) for times in range(_APPEARANCES)]
    return FeatureSet.joined([passed.features for passed in shown])
