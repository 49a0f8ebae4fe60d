"""Tables 2, 3 and 4: the paper recipe's model on the paper's test part."""

from dataclasses import dataclass

import numpy as np

from arncnn.evaluation.bootstrap import Statistic, bootstrapped
from arncnn.evaluation.intervals import Estimate, Share
from arncnn.evaluation.metrics import Metrics, cohen_kappa
from arncnn.evaluation.paper_values import TABLE_2, TABLES_3_AND_4
from arncnn.experiments.reproduction.line import NOT_PRINTED, Line, decimals
from arncnn.formatting import counted
from arncnn.labels import title
from arncnn.models.predictions import Predictions
from arncnn.uncertainty.paper import entropy, level, normalized_probability
from arncnn.uncertainty.temperature import softmax


@dataclass(frozen=True)
class Tested:
    """What follows from the stored predictions.

    Attributes:
        table_2: precision, recall, F1, accuracy, kappa, log loss.
        table_3: entropy by predicted class.
        table_4: standard deviation of the normalised probability by predicted class.
    """

    table_2: tuple[Line, ...]
    table_3: tuple[Line, ...]
    table_4: tuple[Line, ...]


def tested(found: Predictions, figures: Metrics) -> Tested:
    """The three tables, ours beside the paper's.

    Args:
        found: of the test part.
        figures: of the same predictions.
    """
    probabilities = softmax(found.logits.astype(np.float64), found.temperature)
    return Tested(
        _table_2(found, figures, probabilities),
        _by_class(found, entropy(probabilities), np.mean, deviates=False),
        _by_class(found, normalized_probability(probabilities), np.std, deviates=True),
    )


def _table_2(found: Predictions, figures: Metrics, probabilities: np.ndarray) -> tuple[Line, ...]:
    of_true = probabilities[np.arange(len(found)), found.target]
    losses = -np.log(np.maximum(of_true, np.finfo(np.float64).tiny))
    ours: dict[str, Estimate | Share] = {
        "Precision, mean of the classes": figures.macro_precision,
        "Recall, mean of the classes": figures.macro_recall,
        "F1 score, mean of the classes": figures.macro_f1,
        "Accuracy": figures.accuracy,
        "Cohen's kappa": cohen_kappa(figures.confusion_matrix),
        "Log loss, nat": bootstrapped(losses, np.mean),
    }
    sample = counted(len(found), "test image")
    return tuple(
        Line(name, paper, *decimals(value), sample)
        for (name, value), paper in zip(ours.items(), TABLE_2.values(), strict=True)
    )


def _by_class(
    found: Predictions, values: np.ndarray, statistic: Statistic, *, deviates: bool
) -> tuple[Line, ...]:
    """One line a predicted class, in the paper's order, then classes that it does not have."""
    paper = {row.label: row for row in TABLES_3_AND_4}
    names = [*(label for label in paper if label in found.labels)]
    names += [label for label in found.labels if label not in paper]
    lines = []
    for label in names:
        theirs, printed = paper.get(label), NOT_PRINTED
        if theirs is not None:
            number = theirs.standard_deviation if deviates else theirs.entropy
            word = theirs.standard_deviation_level if deviates else theirs.entropy_level
            printed = f"{number:.2f}, {word}"
        inside = values[found.predicted == found.labels.index(label)]
        sample = f"{counted(len(inside), 'test image')} read as it"
        if not len(inside):
            lines.append(Line(title(label), printed, "none predicted", "", sample))
            continue
        estimate = bootstrapped(inside, statistic)
        value, interval = decimals(estimate)
        lines.append(
            Line(title(label), printed, f"{value}, {level(estimate.value)}", interval, sample)
        )
    return tuple(lines)
