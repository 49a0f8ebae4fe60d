"""Whom and what a report to an archive is about: taken over from the image, and UIDs of its own.

UIDs follow from what they stand for: the same reading exported twice is the same object, which an
archive keeps once.
"""

import hashlib
from collections.abc import Mapping

from pydicom import Dataset, config, uid
from pydicom.datadict import dictionary_VR
from pydicom.valuerep import DA, TM, validate_value

from arncnn.errors import ReportError
from arncnn.intake.allowed import LONGEST_IDENTITY, UIDS

INHERITED = (
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
_MOMENTS: dict[str, type[DA | TM]] = {"DA": DA, "TM": TM}

_MULTI_FRAME = frozenset(
    {
        *(each for each in uid.UID_dictionary if "Enhanced" in uid.UID(each).name),
        *(each for each in uid.UID_dictionary if "Multi-frame" in uid.UID(each).name),
        *("1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2"),  # XA, XRF
        *("1.2.840.10008.5.1.4.1.1.20", "1.2.840.10008.5.1.4.1.1.3"),  # NM, retired US
        *("1.2.840.10008.5.1.4.1.1.13.1.1", "1.2.840.10008.5.1.4.1.1.13.1.2"),  # X-ray 3D
        *("1.2.840.10008.5.1.4.1.1.13.1.3", "1.2.840.10008.5.1.4.1.1.77.1.6"),  # breast, slide
    }
)


def derived_uid(*parts: object) -> str:
    """A UID that follows from what it stands for (PS3.5 B.2: 2.25 and a number of 128 bits).

    >>> derived_uid("1.2", 3) == derived_uid("1.2", 3) != derived_uid("1.2", 4)
    True
    """
    number = hashlib.sha256("\n".join(map(str, parts)).encode()).digest()[:16]
    return f"2.25.{int.from_bytes(number, 'big')}"


def is_multi_frame(sop_class: str) -> bool:
    """Whether images of a class have frames to be named (PS3.3 table C.17-3: only then).

    >>> is_multi_frame("1.2.840.10008.5.1.4.1.1.2"), is_multi_frame("1.2.840.10008.5.1.4.1.1.2.1")
    (False, True)
    """
    return sop_class in _MULTI_FRAME


def image_of(identity: Mapping[str, str]) -> Dataset:
    """The image that a report refers to: its identifiers, and nothing else of it.

    Args:
        identity: as ``arncnn.intake.identify_bytes`` gives it.

    Raises:
        ReportError: it names no study, series and image, or what it says cannot be taken over.
    """
    image = Dataset()
    if not all(identity[keyword] for keyword in UIDS):
        raise ReportError(
            "The file does not state its study, series and image, so no report can refer "
            "to it. Export the scan from its archive again."
        )
    try:
        for keyword in UIDS:
            validate_value("UI", identity[keyword], config.RAISE)
            setattr(image, keyword, identity[keyword])
        for keyword in INHERITED:
            setattr(image, keyword, _taken_over(keyword, identity[keyword]))
    except (ValueError, TypeError, OverflowError):
        raise ReportError(
            "The file's header holds identifiers that a structured report cannot carry. "
            "Export the scan from its archive again."
        ) from None  # the cause may quote the header
    return image


def _taken_over(keyword: str, value: str) -> str:
    """The value, as it is or not at all.

    What names the patient and the study is kept even where the standard allows no such value: too
    long, or with a backslash. A date, time or sex that cannot be is left out; these may be empty.
    """
    representation = dictionary_VR(keyword)
    if representation in _NAMES:
        if len(value) > LONGEST_IDENTITY:
            raise ValueError
        return value
    try:
        if representation in _MOMENTS:
            value = str(_MOMENTS[representation](value) or "")
        validate_value(representation, value, config.RAISE)
    except ValueError:
        return ""
    return value if keyword != "PatientSex" or value in _SEXES else ""
