"""Several windows of one CT, one answer: how the readings of the views are combined.

Each view votes with its log probabilities, weighed by how much the view looks like
anything the model knows (its novelty p-value): a window that suits another body part
leaves a picture unlike all training images and so has little to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from arncnn.uncertainty.novelty import Novelty
from arncnn.uncertainty.novelty_scores import FeatureSet
from arncnn.uncertainty.temperature import softmax

if TYPE_CHECKING:
    from arncnn.network.forward import Features


@dataclass(frozen=True, eq=False)
class Vote:
    """How the views of one scan decided.

    Attributes:
        logits: float32, (classes,), of all views together.
        view: index of the view that speaks most for the likeliest class.
        novelty_p_value: of that view, 0 to 1; None without a novelty score.
        per_view: float32, (views, classes), the views' own logits.
    """

    logits: np.ndarray
    view: int
    novelty_p_value: float | None
    per_view: np.ndarray


def votes(
    passed: "Features", counts: Sequence[int], novelty: Novelty | None, temperature: float = 1.0
) -> list[Vote]:
    """Let the views of each scan decide, all scans at once.

    Args:
        passed: what the network made of all views, scan after scan.
        counts: how many views each scan has, 1 or more.
        novelty: the model's novelty score, if it has one.
        temperature: divides the logits where views are compared.
    """
    p_values = None
    if novelty is not None:
        features = FeatureSet.of(passed.vector, passed.conv_map)
        p_values = novelty.p_values(features, passed.logits.argmax(axis=1))
    found, start = [], 0
    for count in counts:
        views = slice(start, start + count)
        mine = None if p_values is None else p_values[views]
        found.append(_vote(passed.logits[views], mine, temperature))
        start += count
    return found


def _vote(logits: np.ndarray, p_values: np.ndarray | None, temperature: float) -> Vote:
    """The vote of one scan's views; logits are (views, classes)."""
    if len(logits) == 1:
        return Vote(logits[0], 0, None if p_values is None else float(p_values[0]), logits)
    weight = weights(p_values, len(logits))
    combined = combine(logits, weight)
    view = int((weight * softmax(logits, temperature)[:, combined.argmax()]).argmax())
    return Vote(combined, view, None if p_values is None else float(p_values[view]), logits)


def weights(p_values: np.ndarray | None, views: int) -> np.ndarray:
    """What each view's vote counts.

    Args:
        p_values: novelty p-value of each view, 0 to 1; None without a novelty score.
        views: how many there are.

    Returns:
        float64, (views,), summing to 1.
    """
    if p_values is None:
        return np.full(views, 1 / views)
    return np.asarray(p_values, np.float64) / np.sum(p_values)


def combine(logits: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean of the views' log probabilities, as logits.

    Args:
        logits: float32, (views, classes).
        weight: float64, (views,), summing to 1.

    Returns:
        float32, (classes,); for one view the logits themselves.
    """
    if len(logits) == 1:
        return logits[0]
    return (weight[:, None] * logits).sum(axis=0).astype(np.float32)
