"""Statement: what each part of a header says of modality and body part, part by part.

``header.claim`` makes one claim of them, to be compared with a class. Here they stay apart,
so that each can be weighed by how often it is right (``uncertainty.header_posterior``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from arncnn.intake import terms
from arncnn.labels import Label

# Pictures of one X-ray beam through the body. What one device of them makes is at times filed
# as of another (a chest radiograph taken at a fluoroscope, a hand on a mammography detector).
_PROJECTIONS = frozenset({"X-ray", "fluoroscopy", "mammography", "dental X-ray", "bone density"})


@dataclass(frozen=True)
class Statement:
    """What a header says, part by part.

    Attributes:
        modality: family of Modality (0008,0060) in plain words; None where it states none.
        storage: family that the SOP class (0008,0016) stores; None where it is of no one.
        parts: body parts that each of Body Part Examined (0018,0015), Anatomic Region Sequence
            (0008,2218) and the descriptions name; those that name none are left out.
    """

    modality: str | None = None
    storage: str | None = None
    parts: tuple[frozenset[str], ...] = ()

    @classmethod
    def of(cls, attributes: Mapping[str, str]) -> "Statement":
        """What a scan's allowlisted attributes state.

        >>> found = Statement.of({"Modality": "MR", "SOPClass": "MR Image Storage"})
        >>> found.certain_modality, found.parts
        ('MR', ())
        """
        described = frozenset(attributes.get("DescribedBodyPart", "").split(","))
        named = (
            terms.in_value(attributes.get("BodyPartExamined", "")),
            terms.in_code(attributes.get("AnatomicRegionCode", "")),
            described & frozenset(terms.table().titles),
        )
        return cls(
            terms.family(attributes.get("Modality", "")),
            terms.storage_family(attributes.get("SOPClass", "")),
            tuple(parts for parts in named if parts),
        )

    @property
    def certain_modality(self) -> str | None:
        """The family that Modality and SOP class both state; None where they do not."""
        return self.modality if self.modality == self.storage else None

    def rules_out(self, labels: Iterable[str], known: Mapping[str, Label]) -> str | None:
        """The modality that no class of an answer can have; None where one can.

        Args:
            labels: the classes that an answer holds.
            known: modality and body part of the model's classes; one that is not in it, or
                without modality, can have any.

        >>> from arncnn.labels import MEDICAL_MNIST
        >>> Statement("MR", "MR").rules_out(["HeadCT", "ChestCT"], MEDICAL_MNIST)
        'MR'
        >>> Statement("MR", "MR").rules_out(["HeadCT", "BreastMRI"], MEDICAL_MNIST) is None
        True
        """
        stated = self.certain_modality
        if stated is None:
            return None
        for label in labels:
            of_class = families(known.get(label))
            if not of_class or any(could_be(stated, family) for family in of_class):
                return None
        return stated


def families(label: Label | None) -> frozenset[str]:
    """The families of a class's modalities; empty where they are not known."""
    found = (terms.family(modality) for modality in (label.modality if label else ()))
    return frozenset(family for family in found if family)


def shows(parts: frozenset[str], body_part: str) -> bool:
    """Whether pictures of some body parts usually include one.

    >>> shows(frozenset({"wrist"}), "hand"), shows(frozenset({"knee"}), "hand")
    (True, False)
    """
    shown_with = terms.table().shown_with
    return body_part in parts or any(body_part in shown_with[part] for part in parts)


def could_be(stated: str, of_class: str) -> bool:
    """Whether a picture of a family is at times filed as of the stated one.

    >>> could_be("fluoroscopy", "X-ray"), could_be("MR", "CT")
    (True, False)
    """
    return stated == of_class or {stated, of_class} <= _PROJECTIONS
