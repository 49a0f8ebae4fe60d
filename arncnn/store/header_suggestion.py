"""What a header that disagrees with its pixels would say: by the header check, class by class."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from arncnn.intake import class_terms
from arncnn.intake.body_regions import REGIONS, BodyRegion
from arncnn.intake.header import claim
from arncnn.labels import MEDICAL_MNIST, Label
from arncnn.store.case import Case
from arncnn.store.tables import ModelRow

_MODALITY, _BODY_PART = "modality", "body part"


@dataclass(frozen=True)
class Suggestion:
    """What a header that disagrees would say by the pixels.

    Attributes:
        disagrees_in: "modality", "body part" or both; empty where the class is not known here.
        region: for Body Part Examined; None where that agrees, or has no term of its own.
    """

    disagrees_in: tuple[str, ...]
    region: BodyRegion | None


@dataclass(frozen=True)
class RegisteredTerms:
    """What is looked at of a registered model: its description, for the terms in it."""

    description: Mapping[str, Any]


def suggestion(case: Case, known: Mapping[str, Label] = MEDICAL_MNIST) -> Suggestion:
    """In what header and pixels of a case disagree, by the header check, and what it would say.

    Args:
        case: whose header disagrees.
        known: modality and body part of classes; of others the name says it, if anything does.
    """
    label = case.label or ""
    of_class = known.get(label) or class_terms.of_name(label)
    if of_class is None:
        return Suggestion((), None)
    stated = claim(case.attributes)
    alone = {
        _MODALITY: replace(stated, parts=(), is_described=False),
        _BODY_PART: replace(stated, modality=None),
    }
    checked = {name: part.compare(label, {label: of_class}) for name, part in alone.items()}
    where = tuple(name for name, check in checked.items() if check.verdict == "disagree")
    return Suggestion(where, REGIONS.get(of_class.body_part) if _BODY_PART in where else None)


def filled_in(session: Session) -> dict[str, Mapping[str, Label]]:
    """What was filled in of their classes for registered models, by the model's SHA-256."""
    found: dict[str, Mapping[str, Label]] = {}
    for row in session.scalars(select(ModelRow)):
        terms = row.as_record(RegisteredTerms).description.get("header_terms") or {}
        if terms:
            found[row.sha256] = {
                name: Label(name, term["title"], tuple(term["modality"]), term["body_part"])
                for name, term in terms.items()
            }
    return found
