"""Predictions: what a model said of the test part of its split, as its folder remembers it.

Pages, the model card and tests read these and never a figure typed in.
"""

from dataclasses import dataclass

import numpy as np

from arncnn.errors import ModelError
from arncnn.models.bundle import ModelBundle
from arncnn.stored_arrays import StoredArrays
from arncnn.uncertainty.temperature import softmax
from arncnn.uncertainty.verdict import weigh


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model said of images whose class is known.

    Attributes:
        labels: the class of each column.
        index: int64, (n,), places of the images in the data set.
        target: int64, (n,), true columns.
        logits: float32, (n, classes), before any temperature.
        temperature: what the logits are divided by.
        novelty_p_value: float64, (n,), small is unlike the known; None in a model that was
            sealed without it.
    """

    labels: tuple[str, ...]
    index: np.ndarray
    target: np.ndarray
    logits: np.ndarray
    temperature: float
    novelty_p_value: np.ndarray | None = None

    @classmethod
    def of(cls, bundle: ModelBundle) -> "Predictions":
        """What the model said of the test part of its split.

        Raises:
            ModelError: the model has no stored predictions, or not such as this version reads.
        """
        path = bundle.path("predictions.npz")
        if path is None:
            raise ModelError("The model has no stored predictions on its test set.")
        stored, classes = StoredArrays(path, "predictions"), len(bundle.labels)
        index, target = (stored.take(name, "whole number", "n") for name in ("index", "target"))
        logits = stored.take("logits", "number", "n", classes)
        novelty = None
        if "novelty_p_value" in stored:
            novelty = stored.take("novelty_p_value", "number", "n").astype(np.float64)
        if not len(index) or min(index.min(), target.min()) < 0 or target.max() >= classes:
            raise stored.damaged("it names images or classes that there cannot be")
        return cls(
            bundle.labels,
            index.astype(np.int64),
            target.astype(np.int64),
            logits.astype(np.float32),
            bundle.metadata.temperature,
            novelty,
        )

    def __len__(self) -> int:
        return len(self.target)

    @property
    def probabilities(self) -> np.ndarray:
        """Calibrated where the model is: float64, (n, classes)."""
        return softmax(self.logits, self.temperature)

    @property
    def predicted(self) -> np.ndarray:
        """Columns of the likeliest classes, int64, (n,)."""
        return self.logits.argmax(axis=1)

    @property
    def is_right(self) -> np.ndarray:
        """Whether the likeliest class is the true one, bool, (n,)."""
        return self.predicted == self.target

    def only(self, kept: np.ndarray) -> "Predictions":
        """Those that are kept: bool, (n,)."""
        return Predictions(
            self.labels,
            self.index[kept],
            self.target[kept],
            self.logits[kept],
            self.temperature,
            None if self.novelty_p_value is None else self.novelty_p_value[kept],
        )

    def cell(self, true: int, predicted: int) -> "Predictions":
        """The images of one cell of the confusion matrix, the least sure first."""
        found = self.only((self.target == true) & (self.predicted == predicted))
        order = np.argsort(found.probabilities.max(axis=1), kind="stable")
        return found.only(order)


def needs_no_review(bundle: ModelBundle, found: Predictions) -> np.ndarray:
    """Which images the model would accept: bool, (n,).

    By probability, prediction set and, where it is stored, novelty. A header takes part in a
    verdict too; images of a data set have none.
    """
    sets = bundle.metadata.sets
    return weigh(
        found.predicted,
        found.probabilities.max(axis=1),
        novelty_p_value=found.novelty_p_value,
        in_set=None if sets is None else sets.sets(found.logits),
        thresholds=bundle.metadata.thresholds,
    ).is_accepted
