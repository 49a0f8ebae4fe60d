"""The header check: does what the header says fit what the pixels say?

It suggests; it never rewrites a header. The body part stated in DICOM headers was wrong
in 15% of cases in one hospital survey (Gueld et al. 2002, doi 10.1117/12.467017).

Rules, in order:

1. A reading that was refused, or has no label, or a class of which neither modality nor body
   part is known (see ``class_terms``), cannot be judged against.
2. A modality of another family than the label's disagrees, whatever the body part says. A class
   of which only one of the two is known is judged by that one.
3. Every stated body part (Body Part Examined, coded anatomic region) must include the
   label's; one that does not disagrees, also when it lies outside the six classes. A part
   whose pictures usually include the label's (a wrist for a hand) agrees.
4. With nothing stated, the parts named in descriptions stand in.
5. With none of these, the header is silent, even where its modality fits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from arncnn.intake import terms
from arncnn.intake.header_statement import families, shows
from arncnn.labels import MEDICAL_MNIST, Label, title

HeaderVerdict = Literal["agree", "disagree", "silent", "cannot_judge"]


@dataclass(frozen=True)
class HeaderCheck:
    """How a header compares with a reading.

    Attributes:
        modality: the header's Modality; None when not stated.
        body_part: the body parts it claims, in plain words; None when none is understood.
        claimed_class: the class those make; None when they fit none, or more than one.
        verdict: "agree", "disagree", "silent" or "cannot_judge".
        sentence: the verdict for a person.
    """

    modality: str | None
    body_part: str | None
    claimed_class: str | None
    verdict: HeaderVerdict
    sentence: str


@dataclass(frozen=True)
class Claim:
    """What a header claims to be a scan of, to be compared with a reading.

    Attributes:
        modality: the header's Modality; None when not stated.
        parts: what each source that names body parts names.
        is_described: whether only descriptions name them.
    """

    modality: str | None
    parts: tuple[frozenset[str], ...]
    is_described: bool

    def compare(self, label: str | None, known: Mapping[str, Label] = MEDICAL_MNIST) -> HeaderCheck:
        """How the claim compares with the class that the pixels were read as.

        Args:
            label: key of the class; None when there is none, or the reading was refused.
            known: modality and body part of the model's classes.

        >>> claim({"Modality": "CT", "BodyPartExamined": "CHEST"}).compare("HeadCT").verdict
        'disagree'
        """
        body_part = _words(frozenset().union(*self.parts)) if self.parts else None
        claimed = _claimed_class(self.modality, self.parts, known)
        judged = self._judge(label, body_part, known)
        return HeaderCheck(self.modality, body_part, claimed, *judged)

    def refusing(self, known: Mapping[str, Label] = MEDICAL_MNIST) -> HeaderCheck:
        """The check of a reading that this claim's modality refused; it names no class of it."""
        family = terms.family(self.modality or "")
        return replace(
            self.compare(None, known),
            verdict="disagree",
            sentence=f"The header says {family} ({self.modality}), but the image reads as "
            "no class of that modality. Check which is right.",
        )

    def _judge(
        self, label: str | None, body_part: str | None, classes: Mapping[str, Label]
    ) -> tuple[HeaderVerdict, str]:
        if label is None:
            return (
                "cannot_judge",
                "The image was not recognised as one of the classes, so the header cannot "
                "be checked against it.",
            )
        read, known = title(label), classes.get(label)
        if known is None:
            return (
                "cannot_judge" if self.parts or self.modality else "silent",
                f"No header terms are known for {read}, so the header cannot be checked against "
                "it.",
            )
        family = terms.family(self.modality or "")
        if family is not None and known.modality and family not in families(known):
            return (
                "disagree",
                f"The header says {family} ({self.modality}), but the image reads as "
                f"{read}. Check which is right.",
            )
        source = "The header's description names" if self.is_described else "The header says"
        if not known.body_part:
            return self._judge_modality(family, read)
        if any(not shows(parts, known.body_part) for parts in self.parts):
            return (
                "disagree",
                f"{source} {body_part}, but the image reads as {read}. Check which is right.",
            )
        if self.parts:
            return "agree", f"{source} {body_part}, which fits {read}."
        if family is not None:
            return (
                "silent",
                f"The header names no body part this check knows; its modality ({self.modality}) "
                f"fits {read}.",
            )
        return "silent", "The header says nothing about modality or body part."

    def _judge_modality(self, family: str | None, read: str) -> tuple[HeaderVerdict, str]:
        """Of a class whose body part is not known, and whose modality is not another one."""
        if family is None:
            return "silent", f"The header names no modality that could be checked against {read}."
        return "agree", f"The header says {family} ({self.modality}), which fits {read}."


def claim(attributes: Mapping[str, str]) -> Claim:
    """What a scan's header claims.

    Args:
        attributes: the scan's allowlisted attributes.
    """
    stated = (
        terms.in_value(attributes.get("BodyPartExamined", "")),
        terms.in_code(attributes.get("AnatomicRegionCode", "")),
    )
    described = frozenset(attributes.get("DescribedBodyPart", "").split(","))
    named = tuple(parts for parts in stated if parts)
    known = described & frozenset(terms.table().titles)
    parts = named or ((known,) if known else ())
    return Claim(attributes.get("Modality") or None, parts, is_described=not named)


def _claimed_class(
    modality: str | None, claims: Sequence[frozenset[str]], known: Mapping[str, Label]
) -> str | None:
    family = terms.family(modality or "")
    if not claims or family is None:
        return None
    common = frozenset.intersection(*claims)
    fits = [
        label.key
        for label in known.values()
        if family in families(label) and label.body_part in common
    ]
    return fits[0] if len(fits) == 1 else None


def _words(parts: frozenset[str]) -> str:
    titles = terms.table().titles
    return " and ".join(sorted(titles[part] for part in parts))
