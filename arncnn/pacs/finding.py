"""Finding studies in an archive, for a person who looks for one: by QIDO-RS, nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from arncnn.errors import UsageError
from arncnn.pacs.taking_in import is_without_picture
from arncnn.store.source import SourceSettings

_MOST = 100
_NO_IMAGES = frozenset({"SR", "PR", "KO", "SEG", "RTSTRUCT", "RTPLAN", "RTDOSE", "DOC", "REG"})


@dataclass(frozen=True)
class Asked:
    """What a person looks for; what is empty does not filter."""

    patient_id: str = ""
    accession_number: str = ""
    day: date | None = None
    modality: str = ""


@dataclass(frozen=True)
class FoundStudy:
    """One study as the archive describes it: patient data, for the screen only."""

    uid: str
    patient: str
    patient_id: str
    day: str
    description: str
    modalities: str


@dataclass(frozen=True)
class FoundSeries:
    """One series of images."""

    uid: str
    number: str
    modality: str
    description: str
    objects: str


def studies(settings: SourceSettings, asked: Asked) -> tuple[FoundStudy, ...]:
    """Studies that fit, at most 100.

    Raises:
        UsageError: nothing was asked for.
        PeerError: the archive does not answer as it should.
    """
    from arncnn.pacs.dicomweb import DicomWeb, value

    filters = {
        "PatientID": asked.patient_id.strip(),
        "AccessionNumber": asked.accession_number.strip(),
        "StudyDate": f"{asked.day:%Y%m%d}" if asked.day else "",
        "ModalitiesInStudy": asked.modality,
    }
    kept = {name: text for name, text in filters.items() if text}
    if not kept:
        raise UsageError("Enter a patient ID, an accession number, a date or a modality.")
    archive = DicomWeb(settings.url, settings.credential)
    found = archive.search("studies", **kept, limit=str(_MOST), includefield="00081030")
    return tuple(
        FoundStudy(
            uid=value(each, "0020000D"),
            patient=value(each, "00100010").replace("^", " ").strip(),
            patient_id=value(each, "00100020"),
            day=value(each, "00080020"),
            description=value(each, "00081030"),
            modalities=_all(each, "00080061"),
        )
        for each in found
    )


def series(settings: SourceSettings, study_uid: str) -> tuple[FoundSeries, ...]:
    """The series of images in a study.

    Raises:
        PeerError: the archive does not answer as it should.
    """
    from arncnn.pacs.dicomweb import DicomWeb, value

    archive = DicomWeb(settings.url, settings.credential)
    found = archive.search(f"studies/{study_uid}/series", limit=str(_MOST))
    return tuple(
        FoundSeries(
            uid=value(each, "0020000E"),
            number=value(each, "00200011"),
            modality=value(each, "00080060"),
            description=value(each, "0008103E"),
            objects=value(each, "00201209"),
        )
        for each in found
        if value(each, "00080060") not in _NO_IMAGES
        and not is_without_picture(value(each, "00080016"))
    )


def _all(found: Mapping[str, object], tag: str) -> str:
    element = found.get(tag)
    values = element.get("Value", ()) if isinstance(element, dict) else ()
    return ", ".join(str(each) for each in values if isinstance(each, str))
