"""The paper's four uncertainty formulas (section "Evaluation Metrics", Tables 3 and 4).

The paper's names are kept: maximum probability, normalised probability, standard
deviation of the normalised probabilities by predicted class, and entropy (natural
logarithm). Its tables call a value "low" under 0.03 and
"moderate" from 0.03 on; it names no higher level, so neither does this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Level = Literal["low", "moderate"]

LOW_UNDER = 0.03  # Tables 3 and 4: 0.02 is called low, 0.03 moderate


@dataclass(frozen=True)
class ClassUncertainty:
    """Uncertainty over the images that were predicted to be one class.

    Attributes:
        label: the class.
        n: how many images were predicted to be it.
        entropy: mean entropy in nats (Table 3); None when n is 0.
        standard_deviation: of the normalised probabilities (Table 4); None when n is 0.
        entropy_level: the paper's word for the entropy; None when n is 0.
        standard_deviation_level: likewise for the standard deviation.
    """

    label: str
    n: int
    entropy: float | None
    standard_deviation: float | None
    entropy_level: Level | None
    standard_deviation_level: Level | None


def maximum_probability(probabilities: np.ndarray) -> np.ndarray:
    """The largest probability of each row: ``max(y_pred)``.

    Args:
        probabilities: (..., classes), 0 to 1.

    Returns:
        (...,), 0 to 1.
    """
    return np.max(probabilities, axis=-1)


def normalized_probability(probabilities: np.ndarray) -> np.ndarray:
    """The largest probability divided by the row's sum: ``max(y_pred) / sum(y_pred)``.

    With a softmax the sum is 1 and this equals the maximum probability; it differs
    for outputs that do not sum to one.

    >>> float(normalized_probability(np.array([1.0, 3.0])))
    0.75
    """
    return maximum_probability(probabilities) / np.sum(probabilities, axis=-1)


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Shannon entropy of each row in nats, 0 to log(classes).

    Args:
        probabilities: (..., classes), 0 to 1, rows sum to 1.

    Returns:
        float64, (...,).
    """
    from scipy.special import entr  # slow to import: only where used

    return entr(np.asarray(probabilities, np.float64)).sum(axis=-1)


def level(value: float) -> Level:
    """The paper's word for an entropy or standard deviation.

    >>> level(0.029), level(0.03)
    ('low', 'moderate')
    """
    return "low" if value < LOW_UNDER else "moderate"


def by_predicted_class(
    probabilities: np.ndarray, labels: Sequence[str]
) -> tuple[ClassUncertainty, ...]:
    """Mean entropy and standard deviation by predicted class (Tables 3 and 4).

    Args:
        probabilities: (n, classes), 0 to 1.
        labels: the class of each column.

    Returns:
        One row a class, in the order of ``labels``.
    """
    predicted = np.argmax(probabilities, axis=1)
    normalized = normalized_probability(np.asarray(probabilities, dtype=np.float64))
    entropies = entropy(probabilities)
    return tuple(
        _row(label, normalized[predicted == column], entropies[predicted == column])
        for column, label in enumerate(labels)
    )


def _row(label: str, normalized: np.ndarray, entropies: np.ndarray) -> ClassUncertainty:
    if normalized.size == 0:
        return ClassUncertainty(label, 0, None, None, None, None)
    mean_entropy, deviation = float(np.mean(entropies)), float(np.std(normalized))
    return ClassUncertainty(
        label, normalized.size, mean_entropy, deviation, level(mean_entropy), level(deviation)
    )
