"""Header posterior: the class by pixels and header together, beside the pixels' own answer.

Bayes' rule with the pixels' calibrated probabilities as the prior. Given the class, what the
header states is taken as independent of the pixels, and its modality of its body part. Each is
stated rightly as often as the constants below say, and else as any other value of the model's
classes alike. Sources of the same thing depend on each other (one protocol fills them all), so
they count as one that could be any of them: the mean of their likelihoods, not the product.

The classes are a closed world here: a header that fits none of them says nothing about which it
is. That nothing fits is for the verdict to say (``header_statement.Statement.rules_out``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from arncnn.formatting import share
from arncnn.intake.header_statement import Statement, could_be, families, shows
from arncnn.labels import Label, title

BODY_PART_RIGHT = 0.85
"""Body Part Examined was wrong in 90 of 580 images (15.5%), a year later in 15.3% of 562, on the
one of four scanners that set it (Gueld et al. 2002, doi 10.1117/12.467017). For coded regions and
descriptions no rate was found; they are taken as no better."""
MODALITY_RIGHT = 0.99
"""Assumed: no published rate was found. The device sets Modality (0008,0060), not a person, but
secondary captures and converted files may carry another."""
MODALITY_AND_STORAGE_RIGHT = 0.999
"""Assumed, where the SOP class stores the same modality: an archive checks it with each image."""

Effect = Literal["none", "supports", "settles", "opposes", "changes"]


@dataclass(frozen=True)
class WithHeader:
    """What pixels and header say together, and what the header has to do with it.

    Attributes:
        labels: the classes.
        probabilities: of each, 0 to 1, by pixels and header; the pixels' own without a header.
        effect: "none": the header tells the classes not apart; "supports" or "opposes" the
            pixels' class, which stands; "settles": only with it is the pixels' class likely
            enough; "changes": with it another class is the likeliest.
        sentence: the effect for a person.
    """

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    effect: Effect
    sentence: str

    @property
    def label(self) -> str:
        """The likeliest class by pixels and header."""
        return self.labels[int(np.argmax(self.probabilities))]

    @property
    def probability(self) -> float:
        """Its probability, 0 to 1."""
        return max(self.probabilities)

    def to_json(self, *, is_refused: bool) -> dict[str, Any]:
        """As a JSON object; of a refused scan no class is given."""
        return {
            "label": None if is_refused else self.label,
            "probabilities": dict(zip(self.labels, self.probabilities, strict=True)),
            "effect": self.effect,
        }


def likelihoods(
    statement: Statement, labels: Sequence[str], known: Mapping[str, Label]
) -> np.ndarray:
    """How likely each class makes what the header states: float64, (classes,), over 0.

    Args:
        statement: what the header states.
        labels: the classes.
        known: modality and body part of those of which they are known.

    >>> from arncnn.labels import MEDICAL_MNIST
    >>> likelihoods(Statement(), ["CXR", "HeadCT"], MEDICAL_MNIST).tolist()
    [1.0, 1.0]
    >>> chest = Statement(parts=(frozenset({"chest"}),))
    >>> likelihoods(chest, ["CXR", "HeadCT"], MEDICAL_MNIST).round(2).tolist()
    [0.85, 0.15]
    """
    return _likelihoods(statement, tuple(known.get(label) for label in labels))


def combine(
    statement: Statement,
    labels: Sequence[str],
    probabilities: np.ndarray,
    known: Mapping[str, Label],
    *,
    needed: float,
) -> WithHeader:
    """The posterior of the classes by pixels and header.

    Args:
        statement: what the header states.
        labels: the classes.
        probabilities: (classes,), calibrated, by the pixels alone, 0 to 1, sum 1.
        known: modality and body part of the classes of which they are known.
        needed: the probability, 0 to 1, from which the model's answer is likely enough.
    """
    likelihood = likelihoods(statement, labels, known)
    prior = probabilities.astype(np.float64)
    own = int(prior.argmax())
    if np.ptp(likelihood) == 0:
        return WithHeader(tuple(labels), tuple(prior.tolist()), "none", _NOTHING)
    joint = prior * likelihood
    posterior = joint / joint.sum()
    top = int(posterior.argmax())
    before, after = float(prior[own]), float(posterior[own])
    speaks_for = bool(likelihood[own] == likelihood.max()) or after > before
    effect: Effect
    if own != top:
        effect = "changes"
    elif before < needed <= after:
        effect = "settles"
    else:
        effect = "supports" if speaks_for else "opposes"
    sentence = _sentence(effect, labels[own], labels[top], before)
    return WithHeader(tuple(labels), tuple(posterior.tolist()), effect, sentence)


@lru_cache(maxsize=256)  # the slices of a series state the same
def _likelihoods(statement: Statement, labels: tuple[Label | None, ...]) -> np.ndarray:
    of_classes = [families(label) for label in labels]
    body_parts = [label.body_part if label else "" for label in labels]
    stated = [family for family in (statement.modality, statement.storage) if family]
    is_certain = statement.certain_modality is not None
    modality = [
        _likelihood(
            [
                any(could_be(family, own) for own in of_class) if of_class else None
                for of_class in of_classes
            ],
            MODALITY_AND_STORAGE_RIGHT if is_certain else MODALITY_RIGHT,
            values=len(frozenset().union(*of_classes)),
        )
        for family in stated
    ]
    body_part = [
        _likelihood(
            [shows(parts, own) if own else None for own in body_parts],
            BODY_PART_RIGHT,
            values=len({own for own in body_parts if own}),
        )
        for parts in statement.parts
    ]
    found = np.ones(len(labels))
    for sources in (modality, body_part):
        if sources:
            found = found * np.mean(sources, axis=0)
    found.flags.writeable = False  # whoever asks again gets the same array
    return found


def _likelihood(fits: Sequence[bool | None], right: float, values: int) -> np.ndarray:
    """Of one source: (classes,), by whether it fits each class; None where that is not known.

    A class of which the value is not known is as likely to have any.
    """
    values = max(2, values)
    by_fit = {True: right, False: (1 - right) / (values - 1), None: 1 / values}
    return np.array([by_fit[fit] for fit in fits])


_NOTHING = "The header states nothing that distinguishes the classes; this is the pixels' answer."


def _sentence(effect: Effect, own: str, top: str, before: float) -> str:
    read = f"{title(own)} ({share(before, 1)})"
    return {
        "none": _NOTHING,
        "changes": f"With the header {title(top)} is likelier; by the pixels alone it is "
        f"{read}. The header alone makes the difference, so check which is right.",
        "settles": f"The header alone settles it: the pixels show {read}, which is not sure.",
        "supports": "The header supports what the pixels show.",
        "opposes": "The header contradicts what the pixels show, but does not outweigh it.",
    }[effect]
