"""Is this scan of a kind the model knows? A conformal p-value from feature space.

Softmax probabilities do not answer this: a network is sure of what it has never seen. So two
scores look at the features (``novelty_scores``). Classes left out of training in turn chose
them: with a Mahalanobis distance beside them fewer out-of-distribution scans are noticed. Each
score becomes a conformal p-value on one half of the calibration images; the p-values are
combined, and the combination becomes a p-value again on the other half (Bates et al. 2023 for
conformal novelty).
Because the halves are disjoint, the stated false-alarm rate holds exactly: refusing at p <= a
refuses at most a share a of scans like the calibration scans. A model trained with outliers has a
third score (``known``), and then each scan is compared with calibration images read as its own
class alone, so that the rate holds for each class and not only on average (Mondrian conformal
prediction: Vovk et al. 2003).
"""

from contextlib import nullcontext
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from arncnn.errors import DataError, ModelError
from arncnn.stored_arrays import StoredArrays
from arncnn.uncertainty.conformal import rank_p_value
from arncnn.uncertainty.known import Known
from arncnn.uncertainty.novelty_scores import SCORES, WIDTHS, FeatureSet, Score
from arncnn.uncertainty.one_thread import one_thread
from arncnn.uncertainty.reported import Reported

COMBINATION = "fisher"
CHOSEN = ("neighbours", "residual")
_STORED: dict[str, type[Score]] = {**SCORES, Known.name: Known, Reported.name: Reported}
_FORMAT = 1
_FEW = 128  # images for which the products are too small to share among threads
_LEAST_OF_CLASS = 100  # calibration images; a class with fewer is compared with all
_TAIL_FROM = 0.9  # quantile beyond which single calibration images are too few to count


@dataclass(frozen=True, eq=False)
class Novelty:
    """Fitted scores and their calibration.

    Attributes:
        scores: the fitted novelty scores.
        first: for each score its calibration values (first half), float32, ascending.
        second: the combined statistic of the second half, float32, ascending.
        predicted: int, as long: the class that each of the second half was read as; None
            compares with all of them.
    """

    scores: tuple[Score, ...]
    first: tuple[np.ndarray, ...]
    second: np.ndarray
    predicted: np.ndarray | None = None

    @property
    def known(self) -> Known | None:
        """The score that was learned from outliers, where there is one."""
        return next((score for score in self.scores if isinstance(score, Known)), None)

    def without_known(self) -> "Novelty":
        """The other scores, for their statistic: p-values would need a calibration of their own."""
        kept = [n for n, score in enumerate(self.scores) if not isinstance(score, Known)]
        return Novelty(
            tuple(self.scores[n] for n in kept), tuple(self.first[n] for n in kept), self.second[:0]
        )

    def p_values(self, features: FeatureSet, predicted: np.ndarray | None = None) -> np.ndarray:
        """The novelty p-value of each image: small means unlike the known scans.

        Args:
            features: of the images.
            predicted: int, (n,), the class that each is read as; None compares with all.

        Returns:
            float64, (n,), from 1/(half + 1) to 1.
        """
        statistic = self.statistic(features)
        found = rank_p_value(statistic, self.second)
        for column in [] if predicted is None else np.unique(predicted).tolist():
            if (bank := self._bank(column)) is not None:
                rows = predicted == column
                found[rows] = rank_p_value(statistic[rows], bank)
        return found

    def _bank(self, column: int) -> np.ndarray | None:
        """The second half of one class; None where all are compared with."""
        return self._banks.get(column)

    @cached_property
    def _banks(self) -> dict[int, np.ndarray]:
        """The second half of each class that has enough images."""
        if self.predicted is None:
            return {}
        columns = np.unique(self.predicted).tolist()
        banks = {column: self.second[self.predicted == column] for column in columns}
        return {column: bank for column, bank in banks.items() if len(bank) >= _LEAST_OF_CLASS}

    def statistic(self, features: FeatureSet) -> np.ndarray:
        """Fisher's combination of the scores, high for novel images: float32, (n,).

        They depend on each other, so Fisher's null distribution does not hold; the second
        calibration half supplies it.
        """
        small = one_thread() if len(features) <= _FEW else nullcontext()
        with small:
            surprises = [
                tail.log_score(score.values(features))
                for score, tail in zip(self.scores, self._tails, strict=True)
            ]
        return (2.0 * sum(surprises[1:], surprises[0])).astype(np.float32)

    @cached_property
    def _tails(self) -> "tuple[Tail, ...]":
        return tuple(map(Tail.of, self.first))

    @property
    def smallest_p_value(self) -> float:
        """No image can get less; thresholds under it would never fire."""
        banks = [] if self.predicted is None else map(self._bank, np.unique(self.predicted))
        sizes = [len(bank) for bank in banks if bank is not None]
        return 1 / (min(sizes, default=len(self.second)) + 1)

    def save(self, path: Path) -> None:
        """Write one compressed npz without pickled objects; banks as float16."""
        arrays: dict[str, np.ndarray] = {
            "format": np.array(_FORMAT),
            "combination": np.array(COMBINATION),
            "names": np.array([score.name for score in self.scores]),
            "second": self.second,
        }
        if self.predicted is not None:
            arrays["predicted"] = self.predicted.astype(np.int16)
        for score, bank in zip(self.scores, self.first, strict=True):
            arrays[f"{score.name}.first"] = bank
            for field in fields(score):
                arrays[f"{score.name}.{field.name}"] = getattr(score, field.name)
        with path.open("wb") as stream:
            np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path, **widths: int) -> "Novelty":
        """Read what ``save`` wrote.

        Args:
            path: of the file.
            widths: the network's ``novelty_scores.WIDTHS``; the file's own when left out.

        Raises:
            ModelError: the file is not a novelty file this version reads, or of another network.
        """
        stored = StoredArrays(path, "novelty", **widths)
        is_known = "format" in stored and "combination" in stored
        if not is_known or (
            stored.take("format", "whole number") != _FORMAT
            or stored.take("combination", "text") != COMBINATION
        ):
            raise ModelError(
                "The model's novelty file has a format this version does not read. Install "
                "the model again or recalibrate it."
            )
        names = [str(name) for name in stored.take("names", "text", "scores")]
        if not names or len(set(names) & set(_STORED)) < len(names):
            raise stored.damaged("it names scores that this version does not know")
        scores = tuple(_score(stored, name) for name in names)
        first = tuple(_bank(stored, f"{name}.first", "first") for name in names)
        second, predicted = _bank(stored, "second", "second"), None
        if "predicted" in stored:
            predicted = stored.take("predicted", "whole number", "second").astype(np.int64)
            if (predicted < 0).any():
                raise stored.damaged("predicted must be columns of classes")
        return cls(scores, first, second, predicted)


def fit(
    training: FeatureSet,
    targets: np.ndarray,
    calibration: FeatureSet,
    *,
    scores: tuple[str, ...] = CHOSEN,
    seed: int = 0,
    reported: FeatureSet | None = None,
    reported_scans: np.ndarray | None = None,
    known: Known | None = None,
    predicted: np.ndarray | None = None,
) -> Novelty:
    """Fit the scores on training images and calibrate them on others.

    Args:
        training: features of training images.
        targets: int, (n,), their classes.
        calibration: features of images that training neither saw nor watched, at least 200.
        scores: names from ``novelty_scores.SCORES``; by default the chosen ones.
        seed: of the halving and of the thinned banks.
        reported: features of scans that people said show none of the classes, if any.
        reported_scans: (m,), which scan each of those rows shows.
        known: the score of a network that was trained with outliers, if it was.
        predicted: int, (n,), what each calibration image is read as; with ``known`` the
            p-values are then class by class.

    Raises:
        DataError: too few calibration images.
    """
    if len(calibration) < 200:
        raise DataError(
            "The novelty check needs at least 200 calibration images to state a false-alarm "
            f"rate; there are {len(calibration)}."
        )
    targets = np.asarray(targets)
    fitted: tuple[Score, ...] = tuple(SCORES[name].fit(training, targets, seed) for name in scores)
    if reported is not None and reported_scans is not None and len(reported):
        fitted += (Reported.fit(training, targets, reported, reported_scans),)
    if known is not None:
        fitted += (known,)
    order = np.random.default_rng(seed).permutation(len(calibration))
    half = len(order) // 2
    one, two = calibration.take(order[:half]), calibration.take(order[half:])
    first = tuple(np.sort(score.values(one)) for score in fitted)
    uncalibrated = Novelty(fitted, first, np.zeros(0, np.float32))
    statistic = uncalibrated.statistic(two)
    ascending = np.argsort(statistic, kind="stable")
    by_class = None
    if known is not None and predicted is not None:
        by_class = predicted[order[half:]][ascending]
    return Novelty(fitted, first, statistic[ascending], by_class)


def tail_log_score(values: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Minus the log share of calibration images that score as high, with a smooth tail.

    Args:
        values: (n,).
        bank: ascending, (m,).

    Returns:
        float64, (n,), 0 for the most usual, growing without bound.
    """
    return Tail.of(bank).log_score(values)


@dataclass(frozen=True, eq=False)
class Tail:
    """Calibration values whose highest are a smooth tail.

    Up to the bank's 90% quantile the share is counted. Beyond it an exponential tail
    with the bank's mean excess takes over (peaks over threshold, Pickands 1975), so that
    far and very far images do not tie at the smallest count. The tail need not fit well:
    the second calibration half makes a p-value of whatever comes out.

    Attributes:
        bank: ascending, (m,).
        threshold: from which the tail counts.
        mean_excess: of the values from there on; over 0.
    """

    bank: np.ndarray
    threshold: np.floating
    mean_excess: float

    @classmethod
    def of(cls, bank: np.ndarray) -> Self:
        """The tail of calibration values, which ascend."""
        start = int(_TAIL_FROM * (len(bank) - 1))
        excess = float(np.mean(bank[start:] - bank[start]))
        return cls(bank, bank[start], max(excess, float(np.finfo(np.float32).tiny)))

    def log_score(self, values: np.ndarray) -> np.ndarray:
        """Minus the log share that scores as high; (n,) gives float64, (n,)."""
        counted = -np.log(rank_p_value(np.minimum(values, self.threshold), self.bank))
        return counted + np.maximum(values - self.threshold, 0) / self.mean_excess


def _score(stored: StoredArrays, name: str) -> Score:
    """A fitted score; lengths named alike are those of one network or one score."""
    kind = _STORED[name]
    arrays = {
        key: stored.take(f"{name}.{key}", "number", *(_length(name, axis) for axis in shape))
        for key, shape in kind.shapes.items()
    }
    if not all(array.size for array in arrays.values()):
        raise stored.damaged(f"the score {name} is empty")
    return kind(**arrays)


def _length(score: str, axis: str) -> str:
    return axis if axis in WIDTHS else f"{score}.{axis}"


def _bank(stored: StoredArrays, name: str, length: str) -> np.ndarray:
    bank = stored.take(name, "number", length)
    if not len(bank) or (bank[1:] < bank[:-1]).any():
        raise stored.damaged(f"{name} must be calibration values in order")
    return bank
