"""Accept, review or refuse: one rule over everything that speaks against a reading.

Refused: the picture is unsuitable, or unlike anything the model knows, or of a modality, by
Modality and SOP class alike, that no class of the answer has. No class is shown as an answer
then. Review: a person should look before the answer is used. In all else that a header says
it never takes an answer away; it only asks for a look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from arncnn.formatting import share
from arncnn.uncertainty import reasons
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
            "Nominal rates, set on calibration images: of the kinds of scan the model "
            f"knows, {share(self.novelty_refuse, 1)} are refused and "
            f"{share(self.novelty_review, 1)} refused or sent to review as novel by "
            f"mistake. A probability below {share(self.probability_review, 1)} asks for "
            "review."
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

    @property
    def is_by_header(self) -> bool:
        """Whether the header alone refuses: nothing graver is held against the picture."""
        return bool(self.reasons) and self.reasons[0].code == reasons.RULED_OUT


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
        is_ruled_out: bool, (n,): no class of the answer has the header's certain modality.
    """

    is_unsuitable: np.ndarray
    is_novel: np.ndarray
    is_unusual: np.ndarray
    is_of_other_set: np.ndarray
    is_ambiguous: np.ndarray
    is_improbable: np.ndarray
    is_doubted: np.ndarray
    is_ruled_out: np.ndarray

    @property
    def is_refused(self) -> np.ndarray:
        """Which readings are refused: bool, (n,)."""
        return self.is_unsuitable | self.is_novel | self.is_ruled_out

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
    is_ruled_out: np.ndarray | None = None,
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
        is_ruled_out: bool, (n,), whether a header's modality is none of the answer's; None where
            there are none.
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
        none if is_ruled_out is None else is_ruled_out,
    )


@dataclass(frozen=True)
class Answer:
    """What one reading found, to be judged.

    Attributes:
        label: the likeliest class by the pixels.
        probability: its calibrated probability, 0 to 1.
        guards: what ``guards.check`` found.
        novelty_p_value: over 0 to 1; None when the model has no novelty score.
        prediction_set: the conformal set, likeliest first; None when the model has none.
        header_verdict: what the header says to the label.
        header_sentence: the same in words, shown when it asks for review.
        ruled_out_by: what ``header_statement.Statement.rules_out`` gave.
        likelier_with_header: another class that is likelier by pixels and header; None without.
    """

    label: str
    probability: float
    guards: Sequence[Reason] = ()
    novelty_p_value: float | None = None
    prediction_set: Sequence[str] | None = None
    header_verdict: HeaderVerdict = "silent"
    header_sentence: str = ""
    ruled_out_by: str | None = None
    likelier_with_header: str | None = None


def decide(
    *,
    label: str,
    probability: float,
    guards: Sequence[Reason] = (),
    novelty_p_value: float | None = None,
    prediction_set: Sequence[str] | None = None,
    header_verdict: HeaderVerdict = "silent",
    header_sentence: str = "",
    ruled_out_by: str | None = None,
    likelier_with_header: str | None = None,
    classes: int = 6,
    thresholds: Thresholds = Thresholds(),
) -> Decision:
    """The verdict on one reading; arguments as of ``Answer`` and ``decide_all``."""
    answer = Answer(
        label,
        probability,
        guards,
        novelty_p_value,
        prediction_set,
        header_verdict,
        header_sentence,
        ruled_out_by,
        likelier_with_header,
    )
    return decide_all([answer], classes=classes, thresholds=thresholds)[0]


def decide_all(
    answers: Sequence[Answer], *, classes: int = 6, thresholds: Thresholds = Thresholds()
) -> list[Decision]:
    """The verdict on each reading of one model by ``weigh``, with its reasons in words.

    Args:
        answers: what the readings found.
        classes: how many kinds of scan the model knows.
        thresholds: from the model's calibration.
    """
    doubted = [bool(a.likelier_with_header) or a.header_verdict in _DOUBTING for a in answers]
    signs = weigh(
        np.zeros(len(answers), int),
        np.array([answer.probability for answer in answers]),
        novelty_p_value=_known([answer.novelty_p_value for answer in answers]),
        in_set=_in_sets(answers),
        is_unsuitable=np.array([bool(answer.guards) for answer in answers]),
        is_doubted=np.array(doubted),
        is_ruled_out=np.array([answer.ruled_out_by is not None for answer in answers]),
        thresholds=thresholds,
    )
    refused, accepted = signs.is_refused.tolist(), signs.is_accepted.tolist()
    found = []
    for row, answer in enumerate(answers):
        if accepted[row]:
            found.append(Decision("accept", ()))
            continue
        why = _reasons(answer, signs, row, classes, thresholds)
        found.append(Decision("refuse" if refused[row] else "review", why))
    return found


def _known(values: Sequence[float | None]) -> np.ndarray | None:
    known = [value for value in values if value is not None]
    return np.array(known) if len(known) == len(values) else None


def _in_sets(answers: Sequence[Answer]) -> np.ndarray | None:
    """Which classes are in the sets, the answer itself first; None without sets."""
    sets = [answer.prediction_set for answer in answers if answer.prediction_set is not None]
    if len(sets) < len(answers):
        return None
    inside = np.zeros((len(sets), 1 + max(map(len, sets), default=0)), bool)
    for row, (answer, names) in enumerate(zip(answers, sets, strict=True)):
        inside[row, 0] = answer.label in names
        inside[row, 1 : 1 + len(names) - inside[row, 0]] = True
    return inside


def _reasons(
    answer: Answer, signs: Signs, row: int, classes: int, thresholds: Thresholds
) -> tuple[Reason, ...]:
    """Gravest first; what names a class is no reason for a reading that gives none."""
    found = list(answer.guards)
    if signs.is_novel[row]:
        found.append(reasons.unlike(classes))
    if answer.ruled_out_by is not None:
        found.append(reasons.ruled_out(answer.ruled_out_by))
    if answer.novelty_p_value is not None and signs.is_unusual[row]:
        found.append(reasons.unusual(answer.novelty_p_value))
    if signs.is_refused[row]:
        return tuple(found)
    if answer.prediction_set and signs.is_of_other_set[row]:
        found.append(reasons.other(answer.label, answer.prediction_set[0]))
    if answer.prediction_set and signs.is_ambiguous[row]:
        found.append(reasons.ambiguous(answer.prediction_set))
    if signs.is_improbable[row]:
        needed = thresholds.probability_review
        found.append(reasons.improbable(answer.label, answer.probability, needed))
    if answer.header_verdict in _DOUBTING:
        sentence = answer.header_sentence or _HEADER_FALLBACK
        found.append(Reason(f"header_{answer.header_verdict}", sentence))
    elif answer.likelier_with_header is not None:
        found.append(reasons.likelier_with_header(answer.likelier_with_header))
    return tuple(found)


_DOUBTING = ("disagree", "cannot_judge")
_HEADER_FALLBACK = "The file's header disagrees with what the pixels show."
