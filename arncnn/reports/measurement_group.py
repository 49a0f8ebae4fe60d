"""One reading as a measurement group of TID 1500 (PS3.16, TID 1501)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydicom import Dataset

from arncnn import __version__
from arncnn.config import INTENDED_USE
from arncnn.formatting import VERDICTS
from arncnn.labels import MEDICAL_MNIST, title
from arncnn.reports.report_identity import derived_uid, is_multi_frame

if TYPE_CHECKING:
    from highdicom.sr import (
        AlgorithmIdentification,
        CodedConcept,
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        QualitativeEvaluation,
        TextContentItem,
    )

    from arncnn.inference.reading import Reading

SCHEME = "99ARNCNN"
"""Designator of the codes that no standard has: the classes and the verdicts."""

REGIONS = {
    "abdomen": ("818981001", "Abdomen"),
    "breast": ("76752008", "Breast"),
    "chest": ("816094009", "Thorax"),
    "hand": ("85562004", "Hand"),
    "head": ("69536005", "Head"),
}
"""SNOMED CT codes of the classes' body parts and what they mean (PS3.16, CID 4031 and 4)."""

_TEXT = 1024  # characters of a paragraph: longer reasons do not occur


def group(reading: "Reading", image: Dataset) -> "MeasurementsAndQualitativeEvaluations":
    """The reading of an image, with what made it.

    Args:
        reading: of the image.
        image: as ``report_identity.image_of`` gives it.
    """
    from highdicom import sr

    frames = [reading.frame + 1] if is_multi_frame(image.SOPClassUID) else None
    tracked = derived_uid("tracking", image.SOPInstanceUID, reading.model.sha256, reading.frame)
    made = sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=tracked, identifier="Reading of the scan"),
        algorithm_id=_algorithm(reading),
        qualitative_evaluations=_evaluations(reading),
        measurements=_probabilities(reading) or None,
        source_images=[
            sr.SourceImageForMeasurementGroup(image.SOPClassUID, image.SOPInstanceUID, frames)
        ],
    )
    made[0].ContentSequence.extend(comments((INTENDED_USE, *reading.reasons)))
    return made


def comments(sentences: Sequence[str]) -> "list[TextContentItem]":
    """Sentences as they stand in a report."""
    from highdicom import sr
    from pydicom.sr.codedict import codes

    return [
        sr.TextContentItem(
            name=codes.DCM.Comment,
            value=sentence[:_TEXT],
            relationship_type=sr.RelationshipTypeValues.CONTAINS,
        )
        for sentence in sentences
    ]


def _algorithm(reading: "Reading") -> "AlgorithmIdentification":
    from highdicom import sr
    from pydicom.sr.codedict import codes

    return sr.AlgorithmIdentification(
        name=f"ARN-CNN {reading.model.id}",
        version=__version__,
        family=codes.DCM.ArtificialIntelligence,
        manufacturer="ARN-CNN",
        parameters=[
            f"Model SHA-256: {reading.model.sha256}",
            f"Network's input: 64 x 64 pixels; views: {', '.join(reading.model_input.views)}",
            f"Scan SHA-256: {reading.sha256}",
        ],
    )


def _evaluations(reading: "Reading") -> "list[QualitativeEvaluation]":
    from highdicom import sr
    from pydicom.sr.codedict import codes

    found = [
        sr.QualitativeEvaluation(
            _code("verdict", "Verdict on the reading"),
            _code(f"verdict-{reading.verdict}", VERDICTS[reading.verdict]),
        )
    ]
    if reading.label is None:
        return found
    kind = _code("kind-of-scan", "Kind of scan, read from the pixels")
    found.append(sr.QualitativeEvaluation(kind, _code(reading.label, title(reading.label))))
    known = MEDICAL_MNIST.get(reading.label)
    if known is not None:
        value, meaning = REGIONS[known.body_part]
        region = sr.CodedConcept(value, "SCT", meaning)
        found.append(sr.QualitativeEvaluation(codes.DCM.TargetRegion, region))
    return found


def _probabilities(reading: "Reading") -> "list[Measurement]":
    """One a class; none where the reading was refused: the largest would be taken for an answer."""
    from highdicom import sr
    from pydicom.sr.codedict import codes

    if reading.label is None:
        return []
    code, words = (
        ("P", "Calibrated probability")
        if reading.is_calibrated
        else ("U", "Probability, not calibrated,")
    )
    return [
        sr.Measurement(
            name=_code(f"{code}-{label}", f"{words} of {title(label)}"),
            value=round(float(probability), 6),
            unit=codes.UCUM.NoUnits,
        )
        for label, probability in zip(reading.labels, reading.probabilities, strict=True)
    ]


def _code(value: str, meaning: str) -> "CodedConcept":
    from highdicom.sr import CodedConcept

    return CodedConcept(value, SCHEME, meaning)
