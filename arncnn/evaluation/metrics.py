"""Metrics of one set of predictions, with intervals.

Definitions are scikit-learn's (its ``zero_division=0`` where a class is never predicted
or never occurs); the rates are computed here, because thousands of drawn matrices need them at
once, and the tests hold them to it. How good the probabilities are is in
``calibration_error``; what refusing buys is in ``selective``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arncnn.errors import DataError
from arncnn.evaluation.intervals import LEVEL, Estimate, Share, estimate, share

_DRAWS = 4000  # of the confusion matrix, for intervals that have no closed form


@dataclass(frozen=True)
class ClassMetrics:
    """One class.

    Attributes:
        label: the class.
        n: how many images truly are it.
        precision: with the exact interval over the images predicted to be it.
        recall: with the exact interval over the images that are it.
        f1: with a credible interval.
    """

    label: str
    n: int
    precision: Share
    recall: Share
    f1: Estimate


@dataclass(frozen=True, eq=False)
class Metrics:
    """All figures that follow from the confusion matrix.

    Attributes:
        labels: the class of each row and column.
        confusion_matrix: int64, (classes, classes), rows true, columns predicted.
        accuracy: with the exact interval.
        classes: one entry a class.
        macro_precision: mean over the classes, with a credible interval.
        macro_recall: likewise.
        macro_f1: likewise.
        cohen_kappa: Cohen 1960; nan when chance agreement is certain.
    """

    labels: tuple[str, ...]
    confusion_matrix: np.ndarray
    accuracy: Share
    classes: tuple[ClassMetrics, ...]
    macro_precision: Estimate
    macro_recall: Estimate
    macro_f1: Estimate
    cohen_kappa: float

    @property
    def n(self) -> int:
        """Number of images."""
        return self.accuracy.n

    @property
    def errors(self) -> int:
        """Number of images predicted wrongly."""
        return self.accuracy.n - self.accuracy.hits


def confusion_matrix(targets: Any, predicted: Any, classes: Sequence[Any]) -> np.ndarray:
    """Counts of pairs of classes, int64, (classes, classes): rows true, columns predicted.

    >>> confusion_matrix(["a", "b", "b"], ["a", "b", "a"], ("a", "b")).tolist()
    [[1, 0], [1, 1]]
    """
    if not len(targets):
        return np.zeros((len(classes), len(classes)), np.int64)
    from sklearn.metrics import confusion_matrix as counts  # slow to import: only where used

    return np.asarray(counts(targets, predicted, labels=list(classes)), np.int64)


def metrics(
    targets: np.ndarray, predicted: np.ndarray, labels: Sequence[str], *, level: float = LEVEL
) -> Metrics:
    """Everything from true and predicted classes.

    Args:
        targets: int, (n,), true columns.
        predicted: int, (n,), predicted columns.
        labels: the class of each column.
        level: of every interval.

    Raises:
        DataError: nothing to measure.
    """
    if len(targets) == 0:
        raise DataError("There are no predictions to measure. Choose a split that holds images.")
    matrix = confusion_matrix(targets, predicted, range(len(labels)))
    correct, true, claimed = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    precision, recall, f1 = rates(matrix)
    draws = rates(_posterior(matrix))
    classes = tuple(
        ClassMetrics(
            label=label,
            n=int(true[k]),
            precision=share(correct[k], claimed[k], level),
            recall=share(correct[k], true[k], level),
            f1=estimate(float(f1[k]), draws[2][:, k], level),
        )
        for k, label in enumerate(labels)
    )
    macro = [
        estimate(float(values.mean()), drawn.mean(axis=-1), level)
        for values, drawn in zip((precision, recall, f1), draws, strict=True)
    ]
    return Metrics(
        labels=tuple(labels),
        confusion_matrix=matrix,
        accuracy=share(correct.sum(), matrix.sum(), level),
        classes=classes,
        macro_precision=macro[0],
        macro_recall=macro[1],
        macro_f1=macro[2],
        cohen_kappa=_cohen_kappa(targets, predicted),
    )


def rates(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 of each class, 0 where undefined.

    Args:
        matrix: (..., classes, classes), rows true.

    Returns:
        float64, (..., classes) each.
    """
    correct = np.diagonal(matrix, axis1=-2, axis2=-1).astype(np.float64)
    claimed, true = matrix.sum(axis=-2), matrix.sum(axis=-1)
    return (
        _ratio(correct, claimed),
        _ratio(correct, true),
        _ratio(2 * correct, claimed + true),
    )


def _cohen_kappa(targets: np.ndarray, predicted: np.ndarray) -> float:
    """Agreement beyond chance, at most 1; nan where both name one and the same class alone."""
    if len(np.union1d(targets, predicted)) == 1:
        return float("nan")  # scikit-learn says the same with two warnings
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(targets, predicted))


def cohen_kappa(matrix: np.ndarray, level: float = LEVEL) -> Estimate:
    """Cohen's kappa of a confusion matrix with a credible interval, as the macro means have one.

    Args:
        matrix: int, (classes, classes), rows true; with two classes in it at least.
        level: of the interval.
    """
    return estimate(float(_kappa(matrix)), _kappa(_posterior(matrix)), level)


def _kappa(matrix: np.ndarray) -> np.ndarray:
    """Agreement beyond chance, float64, (...,), of matrices (..., classes, classes)."""
    total = matrix.sum(axis=(-2, -1))
    agreed = np.trace(matrix, axis1=-2, axis2=-1) / total
    by_chance = (matrix.sum(axis=-1) * matrix.sum(axis=-2)).sum(axis=-1) / total**2
    return np.asarray((agreed - by_chance) / (1 - by_chance))


def _posterior(matrix: np.ndarray) -> np.ndarray:
    """Draws of the confusion matrix, (draws, classes, classes), row sums kept.

    Each row is Dirichlet with Jeffreys' weight of one half for the right class and one half
    spread over the wrong ones, so that recall is Beta(hits + 1/2, misses + 1/2). Unlike a
    bootstrap it does not claim certainty where no error was seen.
    """
    generator = np.random.default_rng(0)  # fixed: the same predictions, the same interval
    classes = len(matrix)
    prior = np.full((classes, classes), 0.5 / max(classes - 1, 1))
    np.fill_diagonal(prior, 0.5)
    gamma = generator.gamma(matrix + prior, size=(_DRAWS, classes, classes))
    shares = gamma / gamma.sum(axis=-1, keepdims=True)
    return shares * matrix.sum(axis=1)[:, np.newaxis]


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
