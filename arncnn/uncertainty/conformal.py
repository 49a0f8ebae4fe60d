"""Class-conditional conformal prediction sets with the least-ambiguous score.

Sadinle, Lei and Wasserman (2019), "Least ambiguous set-valued classifiers with bounded
error levels"; class-conditional (Mondrian) p-values after Vovk (2012). The score is
1 - p. Because a trained network's probabilities crowd at 1, where floats tie, the code
ranks ``log((1 - p) / p)`` instead: strictly increasing in 1 - p, so the sets are the same.

The promise: for a new scan drawn like the calibration scans of its class, the set holds
the true class with probability at least 1 - alpha, averaged over calibration draws.
``coverage_interval`` says what that means for the calibration set at hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from arncnn.errors import DataError
from arncnn.formatting import share
from arncnn.labels import title

ALPHA = 0.01  # with some 590 calibration images a class, 99% is a promise that can be checked

NEAR = np.float32(1e-4)  # more than the batch that a picture is read in moves a score
_NUMBERS_AT_ONCE = 1 << 20  # 8 MB, however many rows or classes


@dataclass(frozen=True, eq=False)
class Conformal:
    """Calibration scores, ready to turn logits into p-values and sets.

    Attributes:
        labels: the class of each column.
        banks: for each class its calibration scores, float32, ascending, (n_class,); an empty
            one belongs to a class without calibration images, for which nothing is promised:
            it is in the set where it is the likeliest.
        temperature: divides the logits before scoring.
        alpha: the share of misses that is promised not to be passed.
    """

    labels: tuple[str, ...]
    banks: tuple[np.ndarray, ...]
    temperature: float = 1.0
    alpha: float = ALPHA

    def p_values(
        self, logits: np.ndarray, *, generator: np.random.Generator | None = None
    ) -> np.ndarray:
        """How usual each row would be as a member of each class.

        Args:
            logits: (n, classes).
            generator: breaks ties at random, which makes the p-values exactly uniform;
                None gives the deterministic, slightly conservative ones.

        Returns:
            float64, (n, classes), over 0 to 1.
        """
        scores = nonconformity(logits, self.temperature)
        columns = [
            rank_p_value(scores[:, column], bank, generator)
            for column, bank in enumerate(self.banks)
        ]
        return np.stack(columns, axis=1)

    def sets(
        self,
        logits: np.ndarray,
        *,
        alpha: float | None = None,
        generator: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Which classes are in each prediction set: bool, (n, classes)."""
        level = self.alpha if alpha is None else alpha
        if generator is None and level == self.alpha:
            scores = nonconformity(logits, self.temperature)
            inside: np.ndarray = scores - NEAR <= self._largest_inside
        else:
            inside = self.p_values(logits, generator=generator) > level
        likeliest = np.asarray(logits).argmax(axis=1)
        for column in self._without_promise():
            inside[:, column] = likeliest == column
        return inside

    def prediction_set(self, logits: np.ndarray) -> tuple[str, ...]:
        """The set of one scan, likeliest first; logits are (classes,)."""
        return self.prediction_sets(np.asarray(logits)[np.newaxis])[0]

    def prediction_sets(self, logits: np.ndarray) -> list[tuple[str, ...]]:
        """The set of each scan, likeliest first; logits are (n, classes)."""
        inside = self.sets(logits)
        order = np.argsort(-np.asarray(logits), axis=1, kind="stable")
        return [
            tuple(self.labels[column] for column in columns if is_in[column])
            for is_in, columns in zip(inside, order, strict=True)
        ]

    def counts(self) -> dict[str, int]:
        """Calibration images by class."""
        return {label: len(bank) for label, bank in zip(self.labels, self.banks, strict=True)}

    def promise(self) -> str:
        """The promised coverage and its n, as a sentence."""
        fewest = min(len(bank) for bank in self.banks if len(bank))
        missing = [title(self.labels[column]) for column in self._without_promise()]
        but = f" Nothing is guaranteed for {', '.join(missing)}: too few images." if missing else ""
        return (
            f"For each class, at least {share(1 - self.alpha, 1)} of scans like the calibration "
            f"scans have their class in the set ({fewest:,} or more calibration images a class)."
            f"{but}"
        )

    @cached_property
    def _largest_inside(self) -> np.ndarray:
        """The highest score of each class whose p-value is over alpha: float32, (classes,)."""
        highest = np.full(len(self.banks), np.inf, np.float32)
        for column, bank in enumerate(self.banks):
            p_values = np.arange(1, len(bank) + 2) / (len(bank) + 1)  # with 0, 1, ... at or over
            if fewest := int(np.searchsorted(p_values, self.alpha, side="right")):
                highest[column] = bank[len(bank) - fewest] if fewest <= len(bank) else -np.inf
        return highest

    def _without_promise(self) -> list[int]:
        return [column for column, bank in enumerate(self.banks) if not len(bank)]


def nonconformity(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """``log((1 - p) / p)`` of every class: high where the class does not fit.

    Args:
        logits: (n, classes), two classes or more.
        temperature: over 0.

    Returns:
        float32, (n, classes).
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    classes = scaled.shape[1]
    scores = np.empty_like(scaled)
    at_once = max(1, _NUMBERS_AT_ONCE // classes**2)
    for start in range(0, len(scaled), at_once):
        rows = scaled[start : start + at_once]
        others = np.repeat(rows[:, np.newaxis], classes, axis=1)  # (n, class, other class)
        others[:, range(classes), range(classes)] = -np.inf  # adds nothing
        scores[start : start + at_once] = np.logaddexp.reduce(others, axis=2) - rows
    return scores.astype(np.float32)  # as the banks are stored, so that equal stays equal


def rank_p_value(
    scores: np.ndarray, bank: np.ndarray, generator: np.random.Generator | None = None
) -> np.ndarray:
    """The conformal p-value of scores against a bank: high scores get small p-values.

    ``(#{bank >= s} + 1) / (n + 1)``, or with a generator
    ``(#{bank > s} + u (#{bank = s} + 1)) / (n + 1)``, u uniform (Vovk et al. 2005). Without one,
    what is as near as ``NEAR`` counts as equal: a picture that was a calibration image, as an
    empty one may be, gets the same alone and in a batch, and no p-value is smaller for it.

    Args:
        scores: (n,).
        bank: ascending, (m,), of the same dtype.
        generator: source of u.

    Returns:
        float64, (n,), over 0 to 1.

    >>> rank_p_value(np.array([0.0, 9.0]), np.array([1.0, 2.0, 3.0])).tolist()
    [1.0, 0.25]
    """
    if generator is None:
        at_least = len(bank) - np.searchsorted(bank, scores - NEAR, side="left")
        return (at_least + 1) / (len(bank) + 1)
    at_least = len(bank) - np.searchsorted(bank, scores, side="left")
    above = len(bank) - np.searchsorted(bank, scores, side="right")
    u = 1.0 - generator.random(np.shape(scores))  # over 0 to 1
    return (above + u * (at_least - above + 1)) / (len(bank) + 1)


def fit(
    logits: np.ndarray,
    targets: np.ndarray,
    labels: Sequence[str],
    *,
    temperature: float = 1.0,
    alpha: float = ALPHA,
    without: Sequence[str] = (),
) -> Conformal:
    """Calibrate on images that the training neither saw nor watched.

    Args:
        logits: (n, classes).
        targets: int, (n,), the true columns.
        labels: the class of each column.
        temperature: divides the logits.
        alpha: share of misses promised not to be passed.
        without: classes that nothing is promised for, having no calibration images.

    Raises:
        DataError: a class has too few calibration images for the promise.
    """
    scores = nonconformity(logits, temperature)
    banks = tuple(
        np.sort(scores[np.asarray(targets) == column, column]) for column in range(len(labels))
    )
    needed = int(np.ceil(1 / alpha)) - 1  # below it every class is in every set
    for label, bank in zip(labels, banks, strict=True):
        if label not in without and len(bank) < needed:
            raise DataError(
                f"A coverage of {share(1 - alpha, 1)} needs at least {needed} calibration "
                f"images of each class, but {label} has {len(bank)}. Add images or lower "
                "the coverage."
            )
    return Conformal(tuple(labels), banks, temperature, alpha)


def coverage_interval(n: int, alpha: float = ALPHA, level: float = 0.95) -> tuple[float, float]:
    """Where the true coverage of one calibrated class lies, by chance of its calibration draw.

    With scores free of ties, the coverage given the calibration set follows
    Beta(n + 1 - l, l), l = floor((n + 1) alpha) (Vovk 2012).

    Returns:
        The central ``level`` interval, 0 to 1.
    """
    from scipy.stats import beta  # slow to import: only where used

    misses = int(np.floor((n + 1) * alpha + 1e-9))  # the sum may miss an integer by rounding
    if misses == 0:
        return 1.0, 1.0
    tail = (1 - level) / 2
    lower, upper = beta.ppf((tail, 1 - tail), n + 1 - misses, misses)
    return float(lower), float(upper)
