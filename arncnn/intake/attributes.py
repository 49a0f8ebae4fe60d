"""The allowlist: which header values leave the sandbox, and in what form.

Names, ids, dates, UIDs and free text never do. Descriptions (0008,103E), (0008,1030) and
(0018,1030) are read here and dropped: only the body parts they name, as terms of our own
table, go on as ``DescribedBodyPart``. The series' UID goes on as a keyed hash.
"""

import hashlib
import hmac
import re

from pydicom import uid
from pydicom.dataset import Dataset

from arncnn.intake import allowed, limits, terms
from arncnn.intake.dicom_values import functional, items, numbers, text, values

# Coded strings (PS3.5 VR CS): upper case, digits, space, underscore, 16 characters
_CODED = re.compile(r"[A-Z0-9 _]{1,16}\Z")
_PRODUCT = re.compile(r"[\w .,+/&()\-]+\Z", re.ASCII)
_CODE_VALUE = re.compile(r"[A-Za-z0-9.\-]{1,16}\Z")

_DESCRIPTIONS = ("SeriesDescription", "StudyDescription", "ProtocolName")
_SCHEMES = {"SCT": "SCT", "SRT": "SRT", "SNM3": "SRT", "99SDM": "SRT"}  # names of SNOMED


def _known_name(value: str) -> str:
    """The dictionary's name for a UID; empty for one it does not list."""
    return uid.UID(value).name if value in uid.UID_dictionary else ""


def _coded_list(dataset: Dataset, keyword: str, most: int) -> str:
    found = [str(value).strip().upper() for value in values(dataset, keyword)[:most]]
    return "/".join(value for value in found if _CODED.match(value))


def _number_list(dataset: Dataset, keyword: str, most: int) -> str:
    return "/".join(f"{value:g}" for value in numbers(dataset, keyword)[:most])


def _anatomy(dataset: Dataset, frame: int) -> str:
    """Code of the anatomic region (0008,2218), of the frame's anatomy where enhanced."""
    source = functional(dataset, frame, "FrameAnatomySequence") or dataset
    for item in items(source, "AnatomicRegionSequence")[:1]:
        scheme = _SCHEMES.get(text(item, "CodingSchemeDesignator").upper())
        value = text(item, "CodeValue")
        if scheme and _CODE_VALUE.match(value):
            return f"{scheme}:{value}"
    return ""


def _body_part(dataset: Dataset) -> str:
    """Body Part Examined (0018,0015): a coded string, but sites type free text into it."""
    value = text(dataset, "BodyPartExamined")[: limits.MAX_TEXT]
    return terms.known(value) or ("UNRECOGNISED" if value else "")


def _described(dataset: Dataset) -> str:
    parts: set[str] = set()
    for keyword in _DESCRIPTIONS:
        parts |= terms.in_text(text(dataset, keyword)[: 4 * limits.MAX_TEXT])
    return ",".join(sorted(parts))


def collect(dataset: Dataset, frame: int, photometric: str) -> dict[str, str]:
    """The kept attributes of one frame; keys are a subset of ``allowed.ALLOWED``.

    Keys are DICOM keywords where the value is the header's own; ``BodyPartExamined`` keeps
    the words of ``terms.json`` only, or is "UNRECOGNISED". Derived ones:
    ``AnatomicRegionCode`` ("SCT:51185008"), ``DescribedBodyPart`` (body parts of
    ``terms.json``, comma separated), ``Localizer`` ("YES"), ``SOPClass`` and
    ``TransferSyntax`` (names from the standard's registry).
    """
    kept: dict[str, str] = {}
    for keyword in allowed.CODED:
        value = text(dataset, keyword).upper()
        if _CODED.match(value):
            kept[keyword] = value
    for keyword in allowed.PRODUCT:
        value = text(dataset, keyword)
        if len(value) <= limits.MAX_TEXT and _PRODUCT.match(value):
            kept[keyword] = value
    for keyword in allowed.NUMBERS:
        kept[keyword] = _number_list(dataset, keyword, 1)
    image_type = _coded_list(dataset, "ImageType", 4)
    meta = getattr(dataset, "file_meta", Dataset())
    kept |= {
        "AnatomicRegionCode": _anatomy(dataset, frame),
        "BodyPartExamined": _body_part(dataset),
        "DescribedBodyPart": _described(dataset),
        "ImageOrientationPatient": _number_list(dataset, "ImageOrientationPatient", 6),
        "ImageType": image_type,
        "Localizer": "YES" if "LOCALIZER" in image_type.split("/") else "",
        "PatientOrientation": _coded_list(dataset, "PatientOrientation", 2),
        "PhotometricInterpretation": photometric if _CODED.match(photometric) else "",
        "SOPClass": _known_name(text(dataset, "SOPClassUID")),
        "TransferSyntax": _known_name(text(meta, "TransferSyntaxUID")),
    }
    return {key: value for key, value in kept.items() if value}


def series_hash(dataset: Dataset, key: bytes) -> str | None:
    """Keyed hash of SeriesInstanceUID (0020,000E): groups slices, and cannot be looked up."""
    return _hash(text(dataset, "SeriesInstanceUID"), key)


def study_hash(dataset: Dataset, key: bytes) -> str | None:
    """Keyed hash of StudyInstanceUID (0020,000D): groups series, and cannot be looked up."""
    return _hash(text(dataset, "StudyInstanceUID"), key)


def _hash(uid: str, key: bytes) -> str | None:
    if not uid:
        return None
    return hmac.new(key, uid.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


def warnings(dataset: Dataset, kept: dict[str, str]) -> tuple[str, ...]:
    """Sentences about what the header says of the picture."""
    found = []
    if kept.get("BurnedInAnnotation") == "YES":
        found.append(
            "The header says that text is burned into the image. It may show patient data, "
            "which is not removed."
        )
    elif "BurnedInAnnotation" not in kept and kept.get("Modality") in ("SC", "US", "OT", "ES"):
        found.append("Images of this kind often have text burned in; check for patient data.")
    if "Localizer" in kept:
        found.append("This is a localizer (a planning view), not a slice.")
    if kept.get("PresentationIntentType") == "FOR PROCESSING":
        found.append("These are raw detector values, not the image a reader would see.")
    if text(dataset, "LossyImageCompression") == "01":
        found.append("The image was compressed with loss before it arrived here.")
    return tuple(found)
