"""Accept, review or refuse: one rule over everything that speaks against a reading.

Refused: the picture is unsuitable, or unlike anything the model knows. No class is shown
as an answer then. Review: a person should look before the answer is used. The header
alone never takes an answer away; it only asks for a look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from arncnn.formatting import share
from arncnn.labels import title
from arncnn.uncertainty.guards import Reason

Verdict = Literal["accept", "review", "refuse"]
HeaderVerdict = Literal["agree", "disagree", "silent", "cannot_judge"]


@dataclass(frozen=True)
class Thresholds:
    """Where the verdicts change; set from calibration data, never from scans to be judged.

    Attributes:
        novelty_refuse: refuse at or under this novelty p-value: the share of known scans
            that are refused by mistake (the false-alarm rate).
        novelty_review: review at or under this one.
        probability_review: review under this calibrated probability.
    """

    novelty_refuse: float = 0.01
    novelty_review: float = 0.05
    probability_review: float = 0.9

    def sets_aside(self, p_values: np.ndarray) -> np.ndarray:
        """Which novelty p-values are set aside, refused or sent to review: bool, as they come."""
        return p_values <= self.novelty_review

    def sentence(self) -> str:
        """The thresholds in words, for the page that shows a verdict."""
        return (
            f"Of the kinds of scan the model knows, {share(self.novelty_refuse, 1)} are refused "
            f"and {share(self.novelty_review, 1)} refused or sent to review as novel by mistake; a "
            f"probability under {share(self.probability_review, 1)} asks for review."
        )


@dataclass(frozen=True)
class Decision:
    """A verdict and why.

    Attributes:
        verdict: "accept", "review" or "refuse".
        reasons: gravest first; empty when accepted.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The reasons in words."""
        return tuple(reason.sentence for reason in self.reasons)


@dataclass(frozen=True, eq=False)
class Signs:
    """What speaks against each of n readings.

    Attributes:
        is_unsuitable: bool, (n,): the picture itself is no scan to read.
        is_novel: bool, (n,): unlike anything the model knows.
        is_unusual: bool, (n,): not novel, but as far out as few known scans.
        is_of_other_set: bool, (n,): its prediction set holds one class, and that another one.
        is_ambiguous: bool, (n,): its prediction set holds several classes.
        is_improbable: bool, (n,): the likeliest class is not likely enough.
        is_doubted: bool, (n,): the header does not fit.
    """

    is_unsuitable: np.ndarray
    is_novel: np.ndarray
    is_unusual: np.ndarray
    is_of_other_set: np.ndarray
    is_ambiguous: np.ndarray
    is_improbable: np.ndarray
    is_doubted: np.ndarray

    @property
    def is_refused(self) -> np.ndarray:
        """Which readings are refused: bool, (n,)."""
        return self.is_unsuitable | self.is_novel

    @property
    def is_accepted(self) -> np.ndarray:
        """Which readings nothing speaks against: bool, (n,)."""
        return ~np.logical_or.reduce(list(vars(self).values()))

    @property
    def verdicts(self) -> np.ndarray:
        """The verdict on each reading: text, (n,)."""
        return np.where(self.is_refused, "refuse", np.where(self.is_accepted, "accept", "review"))


def weigh(
    predicted: np.ndarray,
    probability: np.ndarray,
    *,
    novelty_p_value: np.ndarray | None = None,
    in_set: np.ndarray | None = None,
    is_unsuitable: np.ndarray | None = None,
    is_doubted: np.ndarray | None = None,
    thresholds: Thresholds,
) -> Signs:
    """What speaks against each of many readings: the one rule behind every verdict.

    An empty set is no sign: sets are calibrated on untouched images, so they are empty for
    much from outside. What those are to be asked is the probability, whose threshold was
    learned from images of changed appearance.

    Args:
        predicted: int, (n,), columns of the likeliest classes.
        probability: (n,), their calibrated probabilities, 0 to 1.
        novelty_p_value: (n,), small is unlike the known scans; None without a novelty score.
        in_set: bool, (n, classes), which classes are in the prediction sets; None without sets.
        is_unsuitable: bool, (n,), whether a guard found something; None where none was asked.
        is_doubted: bool, (n,), whether a header does not fit; None where there are none.
        thresholds: from the model's calibration.
    """
    n = len(probability)
    none = np.zeros(n, bool)
    novel = unusual = other = ambiguous = none
    if novelty_p_value is not None:
        novel = novelty_p_value <= thresholds.novelty_refuse
        unusual = thresholds.sets_aside(novelty_p_value) & ~novel
    if in_set is not None:
        size = in_set.sum(axis=1)
        other, ambiguous = (size == 1) & ~in_set[np.arange(n), predicted], size > 1
    return Signs(
        none if is_unsuitable is None else is_unsuitable,
        novel,
        unusual,
        other,
        ambiguous,
        probability < thresholds.probability_review,
        none if is_doubted is None else is_doubted,
    )


def decide(
    *,
    label: str,
    probability: float,
    guards: Sequence[Reason] = (),
    novelty_p_value: float | None = None,
    prediction_set: Sequence[str] | None = None,
    header_verdict: HeaderVerdict = "silent",
    header_sentence: str = "",
    classes: int = 6,
    thresholds: Thresholds = Thresholds(),
) -> Decision:
    """The verdict on one reading by ``weigh``, with its reasons in words.

    Args:
        label: the likeliest class by the pixels.
        probability: its calibrated probability, 0 to 1.
        guards: what ``guards.check`` found.
        novelty_p_value: over 0 to 1; None when the model has no novelty score.
        prediction_set: the conformal set, likeliest first; None when the model has none.
        header_verdict: what the header says to the label.
        header_sentence: the same in words, shown when it asks for review.
        classes: how many kinds of scan the model knows.
        thresholds: from the model's calibration.
    """
    in_set = None
    if prediction_set is not None:
        in_set = np.array([[label in prediction_set, *(name != label for name in prediction_set)]])
    signs = weigh(
        np.zeros(1, int),
        np.array([probability]),
        novelty_p_value=None if novelty_p_value is None else np.array([novelty_p_value]),
        in_set=in_set,
        is_unsuitable=np.array([bool(guards)]),
        is_doubted=np.array([header_verdict in ("disagree", "cannot_judge")]),
        thresholds=thresholds,
    )
    found = list(guards)
    if signs.is_novel[0]:
        found.append(_unlike(classes))
    if novelty_p_value is not None and signs.is_unusual[0]:
        found.append(_unusual(novelty_p_value))
    if prediction_set and signs.is_of_other_set[0]:
        found.append(_other(label, prediction_set[0]))
    if prediction_set and signs.is_ambiguous[0]:
        found.append(_ambiguous(prediction_set))
    if signs.is_improbable[0]:
        found.append(_improbable(label, probability, thresholds))
    if signs.is_doubted[0]:
        found.append(Reason(f"header_{header_verdict}", header_sentence or _HEADER_FALLBACK))
    return Decision(signs.verdicts[0].item(), tuple(found))


_HEADER_FALLBACK = "The file's header does not fit what the pixels show."
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}


def _unlike(classes: int) -> Reason:
    count = _NUMBERS.get(classes, str(classes))
    return Reason(
        "novel", f"This image is unlike any of the {count} kinds of scan the model knows."
    )


def _unusual(p_value: float) -> Reason:
    return Reason(
        "unusual",
        f"This image is unusual: only {share(p_value, 1)} of the scans the model was calibrated on "
        "lie as far out.",
    )


def _other(label: str, other: str) -> Reason:
    return Reason(
        "other_set",
        f"{title(label)} is the likeliest class, but the image is more usual for {title(other)}.",
    )


def _ambiguous(prediction_set: Sequence[str]) -> Reason:
    *first, last = (title(key) for key in prediction_set)
    return Reason(
        "ambiguous", f"More than one class fits this image: {', '.join(first)} or {last}."
    )


def _improbable(label: str, probability: float, thresholds: Thresholds) -> Reason:
    return Reason(
        "improbable",
        f"The likeliest class, {title(label)}, has a probability of {share(probability, 1)}, under "
        f"the {share(thresholds.probability_review, 1)} that is asked for.",
    )
