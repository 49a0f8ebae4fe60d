"""Accept, review or refuse: one rule over everything that speaks against a reading.

Refused: the picture is unsuitable, or unlike anything the model knows. No class is shown
as an answer then. Review: a person should look before the answer is used. The header
alone never takes an answer away; it only asks for a look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

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
    """Weigh one reading.

    Args:
        label: the likeliest class by the pixels.
        probability: its calibrated probability, 0 to 1.
        guards: what ``guards.check`` found.
        novelty_p_value: over 0 to 1, small is unlike the known scans; None when the model
            has no novelty score.
        prediction_set: the conformal set; more than one class, or another one, asks for review;
            None when the model has none.
        header_verdict: what the header says to the label.
        header_sentence: the same in words, shown when it asks for review.
        classes: how many kinds of scan the model knows.
        thresholds: from the model's calibration.
    """
    refusals = list(guards)
    if novelty_p_value is not None and novelty_p_value <= thresholds.novelty_refuse:
        refusals.append(_unlike(classes))
        novelty_p_value = None  # said once
    reviews = list(
        doubts(
            label=label,
            probability=probability,
            novelty_p_value=novelty_p_value,
            prediction_set=prediction_set,
            thresholds=thresholds,
        )
    )
    if header_verdict in ("disagree", "cannot_judge"):
        reviews.append(Reason(f"header_{header_verdict}", header_sentence or _HEADER_FALLBACK))
    if refusals:
        return Decision("refuse", (*refusals, *reviews))
    return Decision("review" if reviews else "accept", tuple(reviews))


def doubts(
    *,
    label: str,
    probability: float,
    novelty_p_value: float | None,
    prediction_set: Sequence[str] | None,
    thresholds: Thresholds,
) -> tuple[Reason, ...]:
    """What in the pixels alone asks for a look; arguments as in ``decide``."""
    found = []
    if novelty_p_value is not None and novelty_p_value <= thresholds.novelty_review:
        found.append(_unusual(novelty_p_value))
    found += _ambiguity(label, prediction_set)
    if probability < thresholds.probability_review:
        found.append(
            Reason(
                "improbable",
                f"The likeliest class, {title(label)}, has a probability of "
                f"{share(probability, 1)}, under the "
                f"{share(thresholds.probability_review, 1)} that is asked for.",
            )
        )
    return tuple(found)


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


def _ambiguity(label: str, prediction_set: Sequence[str] | None) -> list[Reason]:
    # An empty set is no reason: sets are calibrated on untouched images, so they are empty for
    # much from elsewhere. What those are to be asked is the probability, whose threshold was
    # learned from images of changed appearance.
    if not prediction_set or tuple(prediction_set) == (label,):
        return []
    if len(prediction_set) == 1:
        return [
            Reason(
                "other_set",
                f"{title(label)} is the likeliest class, but the image is more usual for "
                f"{title(prediction_set[0])}.",
            )
        ]
    *first, last = (title(key) for key in prediction_set)
    return [
        Reason("ambiguous", f"More than one class fits this image: {', '.join(first)} or {last}.")
    ]
