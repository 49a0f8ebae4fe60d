"""The reading as a DICOM Structured Report (PS3.16, TID 1500 Measurement Report).

It refers to the source image and carries the patient's identifiers, which only the DICOM file
itself has: the store keeps none. So the report is made from the file at the moment of export,
the file's header is read in the sandbox, and nothing of it stays here. A refused scan gets a
report that names no class.
"""

import hashlib
import logging
import re
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import TYPE_CHECKING

from pydicom import Dataset

from arncnn import __version__
from arncnn.config import INTENDED_USE
from arncnn.errors import IntakeError, ReportError
from arncnn.intake import identify_bytes
from arncnn.reports.measurement_group import SCHEME, comments, group
from arncnn.reports.report_identity import derived_uid, image_of

if TYPE_CHECKING:
    from highdicom.sr import MeasurementReport, ObservationContext

    from arncnn.inference.reading import Reading

_SERIES_NUMBER = 9901  # far from the numbers that scanners give
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)\Z")
_CONTENT = 0x0040A730  # Content Sequence
_MOST_NUMBER = 2**31 - 1  # PS3.5 6.2, VR IS

for _name in ("highdicom", "pydicom"):  # what they log quotes header values
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def structured_report(
    reading: "Reading", source: bytes, *, made_at: datetime | None = None
) -> bytes:
    """The report as a DICOM file.

    Args:
        reading: of the source.
        source: the bytes of the file that was read.
        made_at: what the report gives as its time; None is now.

    Returns:
        A Comprehensive 3D SR document: preliminary and unverified, in the source's study, in a
        series of its own.

    Raises:
        ReportError: the source is not the DICOM file of this reading, or names no image that a
            report could refer to.
    """
    if reading.kind != "dicom":
        raise ReportError(
            "Only a DICOM file has the identifiers that a structured report needs; this "
            "scan was uploaded as another kind of file. The HTML report contains the same "
            "reading."
        )
    if hashlib.sha256(source).hexdigest() != reading.sha256:
        raise ReportError(
            "This is not the file that was read: its contents differ. Choose the original file."
        )
    try:
        identity = identify_bytes(source)
    except IntakeError:
        raise ReportError(
            "The file's header cannot be read again. Export the scan from its archive once more."
        ) from None
    return image_report(reading, identity, made_at=made_at)


def report_uid(reading: "Reading", sop_instance_uid: str) -> str:
    """The UID of the report on an image by a model: the same each time."""
    return derived_uid("report", sop_instance_uid, reading.model.sha256, reading.frame)


def image_report(
    reading: "Reading", identity: Mapping[str, str], *, made_at: datetime | None = None
) -> bytes:
    """The report on one image as a DICOM file, see ``structured_report``.

    Args:
        reading: of the image.
        identity: as ``arncnn.intake.identify_bytes`` gives it.
        made_at: what the report gives as its time; None is now.

    Raises:
        ReportError: the identity names no image that a report could refer to.
    """
    return series_report(
        [(reading, identity)], report_uid(reading, identity["SOPInstanceUID"]), made_at=made_at
    )


def series_report(
    slices: "Sequence[tuple[Reading, Mapping[str, str]]]",
    sop_instance_uid: str,
    *,
    summary: Sequence[str] = (),
    predecessor: str | None = None,
    made_at: datetime | None = None,
) -> bytes:
    """One report on several images of one series; a group of measurements each.

    Args:
        slices: readings by one model, each with its image's identity.
        sop_instance_uid: of the report.
        summary: sentences on all of them together.
        predecessor: the SOP Instance UID of the report that this one replaces.
        made_at: what the report gives as its time; None is now.

    Raises:
        ReportError: an identity names no image that a report could refer to.
    """
    read = [(reading, image_of(identity)) for reading, identity in slices]
    first = slices[0][1]
    offset = first["TimezoneOffsetFromUTC"]
    at = _in_zone(made_at or datetime.now().astimezone(), offset)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote header values, too
            document = _document(read, sop_instance_uid, summary, at, predecessor)
            document.InstanceNumber = _number(first["InstanceNumber"])
            out = BytesIO()
            document.save_as(out, enforce_file_format=True)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
        raise ReportError(
            "The file's header holds identifiers that a structured report cannot carry. "
            "Export the scan from its archive again."
        ) from None  # the cause may quote the header
    return out.getvalue()


def _in_zone(at: datetime, offset: str) -> datetime:
    """The moment by the clock of the study: all times of one object share one offset."""
    found = _OFFSET.match(offset)
    if not found:
        return at
    away = timedelta(hours=int(found[2]), minutes=int(found[3]))
    if away >= timedelta(hours=15):  # PS3.3 C.12.1.1.8: -1200 to +1400
        return at
    return at.astimezone(timezone(-away if found[1] == "-" else away))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and int(text) <= _MOST_NUMBER else 1


def _document(
    read: "Sequence[tuple[Reading, Dataset]]",
    sop_instance_uid: str,
    summary: Sequence[str],
    at: datetime,
    predecessor: str | None,
) -> Dataset:
    from highdicom.coding_schemes import CodingSchemeIdentificationItem
    from highdicom.sr import Comprehensive3DSR

    reading, image = read[0]
    previous = None
    if predecessor is not None:
        previous = [_predecessor(predecessor, image, reading)]
    content = _content(read, summary)[0]
    document = Comprehensive3DSR(
        evidence=[each for _, each in read],
        content=_root(content),
        series_instance_uid=series_uid(image.StudyInstanceUID, reading.model.sha256),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=sop_instance_uid,
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
        previous_versions=previous,
        coding_schemes=[
            CodingSchemeIdentificationItem(SCHEME, name="ARN-CNN classes and verdicts")
        ],
    )
    document.ContentSequence = content.ContentSequence
    _separate(document)
    for each in document.ContributingEquipmentSequence:  # highdicom, which puts its own clock there
        each.ContributionDateTime = at
    document.TimezoneOffsetFromUTC = at.strftime("%z")[:5]
    document.ContentDate = document.SeriesDate = document.InstanceCreationDate = at.date()
    document.ContentTime = document.SeriesTime = document.InstanceCreationTime = at.time()
    return document


def _root(content: Dataset) -> Dataset:
    """The content without what it contains: of that, highdicom would make three deep copies.

    They are most of a report's time. What they are made for, a check of value types and of images
    without evidence, is seen to here: all images are the evidence, and tests validate reports.
    """
    root = Dataset()
    root.update({tag: element for tag, element in content.items() if tag != _CONTENT})
    root.ContentSequence = []
    return root


def series_uid(study_instance_uid: str, model_sha256: str) -> str:
    """The series that holds a model's reports in a study."""
    return derived_uid("reports", study_instance_uid, model_sha256)


def _predecessor(sop_instance_uid: str, image: Dataset, reading: "Reading") -> Dataset:
    from pydicom.uid import Comprehensive3DSRStorage

    previous = Dataset()
    previous.SOPClassUID = Comprehensive3DSRStorage
    previous.SOPInstanceUID = sop_instance_uid
    previous.StudyInstanceUID = image.StudyInstanceUID
    previous.SeriesInstanceUID = series_uid(image.StudyInstanceUID, reading.model.sha256)
    for keyword in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"):
        setattr(previous, keyword, image.get(keyword))
    previous.AccessionNumber = image.AccessionNumber
    return previous


def _separate(item: Dataset) -> None:
    """Say that every container's items stand apart, so that viewers show names beside values."""
    if item.get("ValueType") == "CONTAINER":
        item.ContinuityOfContent = "SEPARATE"
    for each in item.get("ContentSequence", ()):
        _separate(each)


def _content(
    read: "Sequence[tuple[Reading, Dataset]]", summary: Sequence[str]
) -> "MeasurementReport":
    from highdicom import sr
    from pydicom.sr.codedict import codes

    groups = [group(reading, image) for reading, image in read]
    groups[0][0].ContentSequence.extend(comments(summary))
    return sr.MeasurementReport(
        observation_context=_observer(read[0][0]),
        procedure_reported=codes.cid100.ImagingProcedure,
        imaging_measurements=groups,
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
