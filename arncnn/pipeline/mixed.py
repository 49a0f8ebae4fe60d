"""mixed: images of which half are shown as they are and half with their appearance randomised."""

from dataclasses import dataclass

import numpy as np

from arncnn.data import Dataset
from arncnn.data.anatomy import UNCLEAR, Anatomy
from arncnn.inference.batched import Passed, run
from arncnn.network.forward import ForwardPass
from arncnn.uncertainty.novelty_scores import FeatureSet


@dataclass(frozen=True, eq=False)
class Mixed:
    """Images of which some were shown as they are and the others randomised.

    Attributes:
        passed: what the network made of them, the untouched ones first.
        targets: int64, (n,): the class of the untouched, what the others show.
    """

    passed: Passed
    targets: np.ndarray


def randomized(
    forward: ForwardPass,
    dataset: Dataset,
    rows: np.ndarray,
    anatomy: Anatomy,
    rng: np.random.Generator,
) -> tuple[Passed, np.ndarray]:
    """The rows with their appearance randomised, but for slices of unclear anatomy.

    Returns:
        What the network made of them, and int64, (m,), the class that each shows.
    """
    clear = rows[anatomy.targets[rows] != UNCLEAR]
    return run(forward, dataset.images, clear, rng, anatomy), anatomy.targets[clear]


def half_randomized(
    forward: ForwardPass,
    dataset: Dataset,
    rows: np.ndarray,
    anatomy: Anatomy,
    rng: np.random.Generator,
) -> Mixed:
    """The first half as it is, the rest randomised but for slices of unclear anatomy."""
    half = len(rows) // 2
    plain = run(forward, dataset.images, rows[:half])
    shown, targets = randomized(forward, dataset, rows[half:], anatomy, rng)
    return Mixed(
        Passed(
            np.concatenate([plain.logits, shown.logits]),
            FeatureSet.joined([plain.features, shown.features]),
        ),
        np.concatenate([dataset.targets[rows[:half]], targets]),
    )
