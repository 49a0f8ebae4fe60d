"""Case: one scan as one model read it, and what of it may be kept."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from arncnn import __version__
from arncnn.errors import StoreError
from arncnn.labels import answer, title
from arncnn.store import settings
from arncnn.store.pictures import Pixels
from arncnn.store.seals import canonical, is_intact
from arncnn.store.tables import CaseRow

if TYPE_CHECKING:
    from arncnn.inference.reading import Reading
    from arncnn.intake.scan import Scan

# Names from ``intake.allowed`` that say how a picture was made, never of whom or when.
KEPT_ATTRIBUTES = frozenset(
    {
        "Modality",
        "BodyPartExamined",
        "DescribedBodyPart",
        "Manufacturer",
        "ManufacturerModelName",
        "PhotometricInterpretation",
        "PresentationIntentType",
        "TransferSyntax",
        "SOPClass",
        "ViewPosition",
        "Laterality",
        "ImageLaterality",
        "ImageType",
        "Rows",
        "Columns",
        "BitsStored",
        "NumberOfFrames",
        "SliceThickness",
        "InstanceNumber",
        "KVP",
        "MagneticFieldStrength",
        "BurnedInAnnotation",
        "AnatomicRegionCode",
    }
)
# The keys of a reading that are kept; "path" is an original file name.
KEPT_READING = frozenset(
    {"status", "label", "probabilities", "logits", "verdict", "reasons", "unsuitable"}
    | {"entropy", "prediction_set", "novelty_p_value", "header", "with_header"}
    | {"frame", "frames", "model"}
)
_VALUE_LENGTH = 64
_LABEL_LENGTH = 120
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class NewCase:
    """A reading on its way into the store.

    Attributes:
        reading: ``Reading.to_json()``, and its ``unsuitable``.
        scan_sha256: of the file's bytes as they arrived.
        kind: "png", "dicom" and so on.
        pixels: what is kept to look at and to read again.
        scan: whose values are kept whole beside them; None, or one without pixels, keeps none.
        attributes: allowlisted header values by DICOM keyword.
        series_key: keyed hash that groups slices, or None.
        study_key: keyed hash that groups series, or None.
        file_name: kept only with ``ARNCNN_KEEP_FILE_NAMES=1``.
        is_localizer: whether the slice is a scout or localiser.
        training_match: "exact" or "near" when the scan, or a near-twin, is in the training set.
        warnings: sentences for the person; they quote no header value.
    """

    reading: Mapping[str, Any]
    scan_sha256: str
    kind: str
    pixels: Pixels
    attributes: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    series_key: str | None = None
    study_key: str | None = None
    file_name: str | None = None
    is_localizer: bool = False
    training_match: str | None = None
    warnings: tuple[str, ...] = ()
    scan: "Scan | None" = None

    @classmethod
    def of(
        cls,
        reading: "Reading",
        scan: "Scan",
        display: np.ndarray,
        *,
        file_name: str | None = None,
        training_match: str | None = None,
    ) -> "NewCase":
        """The case of a reading; ``display`` is the picture as shown, uint8 (height, width)."""
        return cls(
            reading={
                **reading.to_json(),
                "unsuitable": [asdict(reason) for reason in reading.unsuitable],
            },
            scan_sha256=scan.sha256,
            kind=scan.kind,
            pixels=Pixels(display, reading.model_input.images),
            attributes=scan.attributes,
            series_key=scan.series_key,
            study_key=scan.study_key,
            file_name=file_name,
            is_localizer=scan.attributes.get("Localizer") == "YES",
            training_match=training_match,
            warnings=scan.warnings,
            scan=scan,
        )


@dataclass(frozen=True)
class Case:
    """One kept case.

    Attributes:
        id: random; it says nothing of the patient.
        created_at: Unix seconds.
        reading: the kept part of ``Reading.to_json()``.
        attributes: kept header values by DICOM keyword.
        maximum_probability: 0 to 1; None when the reading has none.
        is_intact: False when the record was altered outside the program.
    """

    id: str
    created_at: float
    created_by: str
    scan_sha256: str
    frame: int
    frames: int
    kind: str
    series_key: str | None
    study_key: str | None
    is_localizer: bool
    training_match: str | None
    display_label: str | None
    modality: str | None
    body_part: str | None
    manufacturer: str | None
    scanner_model: str | None
    label: str | None
    verdict: str
    header_verdict: str
    maximum_probability: float | None
    entropy: float | None
    novelty_p_value: float | None
    model_id: str
    model_sha256: str
    software_version: str
    pixels_sha256: str
    thumbnail_sha256: str
    reading: Mapping[str, Any]
    attributes: Mapping[str, str]
    warnings: tuple[str, ...]
    is_intact: bool

    @property
    def name(self) -> str:
        """What people call the case: its file, or a pseudonym where names are not kept."""
        return base_first(self.display_label) if self.display_label else f"Case {self.id[:6]}"

    @property
    def study(self) -> str:
        """A pseudonym of the study; "" without one."""
        return f"Study {self.study_key[:6]}" if self.study_key else ""

    @property
    def series(self) -> str:
        """A pseudonym of the series; "" without one."""
        return f"Series {self.series_key[:6]}" if self.series_key else ""

    @property
    def number_in_series(self) -> int | None:
        """Instance Number (0020,0013), which a series counts its slices by; None without one."""
        try:
            return int(float(self.attributes.get("InstanceNumber", "")))
        except (ValueError, OverflowError):
            return None

    @property
    def is_unclear(self) -> bool:
        """Whether the model doubted its class: a reason speaks against it beside the header's."""
        by_header = self.header_verdict in ("disagree", "cannot_judge")
        return self.label is not None and len(self.reading.get("reasons", ())) > by_header

    @property
    def answer(self) -> str:
        """What the pixels were read as, in words; a class that was doubted says so."""
        return answer(self.label, is_unclear=self.is_unclear)


def base_first(label: str) -> str:
    """A file's label with its own name first, and after it where it lies.

    >>> base_first("disc.zip!/ct/slice 7.dcm"), base_first("hand.png")
    ('slice 7.dcm · disc.zip!/ct', 'hand.png')
    """
    folder, _, name = label.rpartition("/")
    return f"{name} · {folder}" if folder and name else label


def reasons_of(case: Case) -> tuple[str, ...]:
    """The recorded reasons; of a refusal, which gives no class, those that name none.

    Older records hold others too, such as what the header said against the likeliest class.
    """
    recorded = tuple(case.reading.get("reasons", ()))
    if case.label is not None:
        return recorded
    named = tuple(title(label) for label in case.reading.get("probabilities", ()))
    return tuple(reason for reason in recorded if not any(name in reason for name in named))


def from_row(row: CaseRow) -> Case:
    """The case a row holds."""
    return row.as_record(Case, is_intact=is_intact(row))


def to_row(new: NewCase, *, created_at: float, created_by: str) -> CaseRow:
    """The row of a new case, patient data left out; the blob hashes are filled in later.

    Raises:
        StoreError: the reading lacks what a case needs.
    """
    reading = {key: value for key, value in new.reading.items() if key in KEPT_READING}
    try:
        model, header = reading["model"], reading.get("header") or {}
        probabilities = reading.get("probabilities") or {}
        row = CaseRow(
            label=reading["label"],
            verdict=reading["verdict"],
            model_id=model["id"],
            model_sha256=model["sha256"],
            frame=int(reading.get("frame") or 0),
            frames=int(reading.get("frames") or 1),
            header_verdict=header.get("verdict") or "cannot_judge",
            maximum_probability=max(probabilities.values(), default=None),
            entropy=reading.get("entropy"),
            novelty_p_value=reading.get("novelty_p_value"),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError("This reading lacks its label, verdict or model; not stored.") from error
    attributes = _kept(new.attributes)
    row.created_at, row.created_by = created_at, created_by
    row.scan_sha256, row.kind = new.scan_sha256, new.kind
    row.series_key, row.study_key = new.series_key, new.study_key
    row.is_localizer, row.training_match = new.is_localizer, new.training_match
    if new.file_name and settings.keep_file_names():
        row.display_label = new.file_name[-_LABEL_LENGTH:]  # the file's own name ends it
    row.modality = attributes.get("Modality")
    row.body_part = attributes.get("BodyPartExamined")
    row.manufacturer = attributes.get("Manufacturer")
    row.scanner_model = attributes.get("ManufacturerModelName")
    row.software_version = __version__
    row.reading, row.attributes = canonical(reading), canonical(attributes)
    row.warnings = canonical(list(new.warnings))
    return row


def _kept(attributes: Mapping[str, str]) -> dict[str, str]:
    everything = settings.keep_patient_data()
    return {
        key: str(value)[:_VALUE_LENGTH]
        for key, value in attributes.items()
        if (everything or key in KEPT_ATTRIBUTES) and str(value).strip()
    }
