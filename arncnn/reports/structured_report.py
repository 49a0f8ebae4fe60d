"""The reading as a DICOM Structured Report (PS3.16, TID 1500 Measurement Report).

It refers to the source image and carries the patient's identifiers, which only the DICOM file
itself has: the store keeps none. So the report is made from the file at the moment of export,
and nothing of it stays here. A refused scan gets a report that names no class.
"""

import hashlib
import logging
import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from pydicom import Dataset, config, uid
from pydicom.datadict import dictionary_VR
from pydicom.multival import MultiValue
from pydicom.valuerep import DA, TM, validate_value

from arncnn import __version__
from arncnn.config import INTENDED_USE
from arncnn.errors import IntakeError, ReportError
from arncnn.formatting import VERDICTS
from arncnn.intake import dicom_file, gzip_file, sniff
from arncnn.labels import title

if TYPE_CHECKING:
    from highdicom.sr import (
        AlgorithmIdentification,
        CodedConcept,
        Measurement,
        MeasurementReport,
        ObservationContext,
        QualitativeEvaluation,
        TextContentItem,
    )

    from arncnn.inference.reading import Reading

SCHEME = "99ARNCNN"
"""Designator of the codes that no standard has: the classes and the verdicts."""

_SERIES_NUMBER = 9901  # far from the numbers that scanners give
_NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_INHERITED = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
)
_SEXES = frozenset({"M", "F", "O", ""})  # PS3.3 C.7.1.1, Patient's Sex
_NAMES = frozenset({"LO", "SH", "PN"})
_LONGEST_NAME = 1024  # characters; what is longer is no name, and refused
_MOMENTS: dict[str, type[DA | TM]] = {"DA": DA, "TM": TM}
_TEXT = 1024  # characters of a paragraph: longer reasons do not occur

for _name in ("highdicom", "pydicom"):  # what they log quotes header values
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def structured_report(reading: "Reading", source: bytes) -> bytes:
    """The report as a DICOM file.

    Args:
        reading: of the source.
        source: the bytes of the file that was read.

    Returns:
        A Comprehensive SR document: preliminary and unverified, in the source's study, in a series
        of its own.

    Raises:
        ReportError: the source is not the DICOM file of this reading, or names no image that a
            report could refer to.
    """
    if reading.kind != "dicom":
        raise ReportError(
            "Only a DICOM file has the identifiers that a structured report needs; this scan "
            "came as another kind of file. The HTML report holds the same reading."
        )
    # The sandbox has read these very bytes within its limits, so their header is read here.
    if hashlib.sha256(source).hexdigest() != reading.sha256:
        raise ReportError(
            "This is not the file that was read: its contents differ. Choose the original file."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote header values, too
            return _document(reading, _image(source))
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
        raise ReportError(
            "The file's header holds identifiers that a structured report cannot take over. "
            "Export the scan from its archive anew."
        ) from None  # the cause may quote the header


def _image(source: bytes) -> Dataset:
    """The source's identifiers and nothing else of it."""
    stream = BytesIO(source)
    try:
        if sniff.kind(source[: sniff.HEAD]) == "gzip":
            stream = gzip_file.unpack(stream)
        header = dicom_file.read(stream).dataset
    except (IntakeError, ValueError, KeyError, AttributeError, OSError):
        raise ReportError(
            "The file's header cannot be read again. Export the scan from its archive anew."
        ) from None
    image = Dataset()
    for keyword in _NEEDED:
        setattr(image, keyword, _text(header, keyword))
    if not all(image.get(keyword) for keyword in _NEEDED):
        raise ReportError(
            "The file does not name its study, series and image, so no report can refer to it. "
            "Export the scan from its archive anew."
        )
    for keyword in _NEEDED:
        validate_value("UI", image.get(keyword), config.RAISE)
    for keyword in _INHERITED:
        setattr(image, keyword, _taken_over(keyword, _text(header, keyword)))
    return image


def _text(header: Dataset, keyword: str) -> str:
    """The value as it is written, of several with their backslashes; empty without one."""
    value = header.get(keyword)
    parts = value if isinstance(value, MultiValue) else [value]
    return "\\".join("" if part is None else str(part) for part in parts)


def _taken_over(keyword: str, value: str) -> str:
    """The value, as it is or not at all.

    What names the patient and the study is kept even where the standard allows no such value: too
    long, or with a backslash. A date, time or sex that cannot be is left out; these may be empty.
    """
    representation = dictionary_VR(keyword)
    if representation in _NAMES:
        if len(value) > _LONGEST_NAME:
            raise ValueError
        return value
    try:
        if representation in _MOMENTS:
            value = str(_MOMENTS[representation](value) or "")
        validate_value(representation, value, config.RAISE)
    except ValueError:
        return ""
    return value if keyword != "PatientSex" or value in _SEXES else ""


def _document(reading: "Reading", image: Dataset) -> bytes:
    from highdicom.coding_schemes import CodingSchemeIdentificationItem
    from highdicom.sr import ComprehensiveSR

    document = ComprehensiveSR(
        evidence=[image],
        content=_content(reading, image),
        series_instance_uid=uid.generate_uid(prefix=None),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=uid.generate_uid(prefix=None),
        instance_number=1,
        manufacturer="ARN-CNN",
        manufacturer_model_name="ARN-CNN Dashboard",
        device_serial_number=reading.model.sha256[:16],
        software_versions=__version__,
        series_description=INTENDED_USE,
        specific_character_set="ISO_IR 192",  # UTF-8, whatever the source was written in
        is_complete=True,
        is_final=False,
        is_verified=False,
        coding_schemes=[
            CodingSchemeIdentificationItem(SCHEME, name="ARN-CNN classes and verdicts")
        ],
    )
    out = BytesIO()
    document.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _content(reading: "Reading", image: Dataset) -> "MeasurementReport":
    from highdicom import sr
    from pydicom.sr.codedict import codes

    frames = [reading.frame + 1] if reading.frames > 1 else None
    group = sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(
            uid=uid.generate_uid(prefix=None), identifier="Reading of the scan"
        ),
        algorithm_id=_algorithm(reading),
        qualitative_evaluations=_evaluations(reading),
        measurements=_probabilities(reading) or None,
        source_images=[
            sr.SourceImageForMeasurementGroup(image.SOPClassUID, image.SOPInstanceUID, frames)
        ],
    )
    group[0].ContentSequence.extend(_comments(reading))
    return sr.MeasurementReport(
        observation_context=_observer(reading),
        procedure_reported=codes.cid100.ImagingProcedure,
        imaging_measurements=[group],
    )


def _observer(reading: "Reading") -> "ObservationContext":
    from highdicom import sr
    from pydicom.sr.codedict import codes

    number = int(reading.model.sha256[:32], 16)  # a UUID-derived UID, PS3.5 B.2: 39 digits at most
    device = sr.DeviceObserverIdentifyingAttributes(
        uid=f"2.25.{number}",
        name="ARN-CNN Dashboard",
        manufacturer_name="ARN-CNN",
        model_name=reading.model.id,
        serial_number=reading.model.sha256[:16],
    )
    return sr.ObservationContext(sr.ObserverContext(codes.DCM.Device, device))


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

    found = [
        sr.QualitativeEvaluation(
            _code("verdict", "Verdict on the reading"),
            _code(f"verdict-{reading.verdict}", VERDICTS[reading.verdict]),
        )
    ]
    if reading.label is not None:
        found.append(
            sr.QualitativeEvaluation(
                _code("kind-of-scan", "Kind of scan, read from the pixels"),
                _code(reading.label, title(reading.label)),
            )
        )
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


def _comments(reading: "Reading") -> "Sequence[TextContentItem]":
    from highdicom import sr
    from pydicom.sr.codedict import codes

    return [
        sr.TextContentItem(
            name=codes.DCM.Comment,
            value=sentence[:_TEXT],
            relationship_type=sr.RelationshipTypeValues.CONTAINS,
        )
        for sentence in (INTENDED_USE, *reading.reasons)
    ]


def _code(value: str, meaning: str) -> "CodedConcept":
    from highdicom.sr import CodedConcept

    return CodedConcept(value, SCHEME, meaning)
