"""The reading as a picture in DICOM: scan, evidence and verdict, which every viewer shows.

Multi-frame or not, the source is one image; the picture is a Secondary Capture (PS3.3 A.8.1) in
the source's study, in a series of its own, and says that words are burned in.
"""

import warnings
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from arncnn import __version__
from arncnn.config import INTENDED_USE
from arncnn.errors import ReportError
from arncnn.figures import evidence, picture
from arncnn.formatting import VERDICTS, percent
from arncnn.labels import title
from arncnn.reports.report_identity import INHERITED, derived_uid, image_of

if TYPE_CHECKING:
    from arncnn.explain import Maps
    from arncnn.inference.reading import Reading

_EDGE = 384  # px of the scan's longer side: viewers enlarge it
_OPACITY = 0.6
_SERIES_NUMBER = 9902


def capture_uid(reading: "Reading", sop_instance_uid: str) -> str:
    """The UID of the picture on an image by a model: the same each time."""
    return derived_uid("capture", sop_instance_uid, reading.model.sha256, reading.frame)


def secondary_capture(
    reading: "Reading",
    display: np.ndarray,
    maps: "Maps | None",
    identity: Mapping[str, str],
    *,
    made_at: datetime,
) -> bytes:
    """The picture as a DICOM file.

    Args:
        reading: of the image.
        display: uint8, (height, width), the image as shown.
        maps: one method's evidence; None where there is none to be shown.
        identity: as ``arncnn.intake.identify_bytes`` gives it.
        made_at: what the picture gives as its time.

    Raises:
        ReportError: the identity names no image that an answer could refer to.
    """
    image = image_of(identity)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote header values
            made = _header(reading, image, made_at)
            _add_pixels(made, _drawn(reading, display, maps))
            out = BytesIO()
            made.save_as(out, enforce_file_format=True)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise ReportError(
            "The file's header holds identifiers that an answer cannot carry. Export the "
            "scan from its archive again."
        ) from None
    return out.getvalue()


def _drawn(reading: "Reading", display: np.ndarray, maps: "Maps | None") -> np.ndarray:
    """uint8, (height, width, 3), RGB: the scan, beside it its evidence, below them the words."""
    scan = picture.fit(display, _EDGE)
    plain = np.repeat(scan[..., None], 3, axis=2)
    lines = [*_words(reading), f"Model {reading.model.id}", INTENDED_USE]
    if maps is None or reading.label is None:
        return evidence.captioned(plain, lines)
    over = picture.overlay(
        scan,
        maps.maps[reading.labels.index(reading.label)],
        scale=maps.scale,
        is_signed=maps.is_signed,
        opacity=_OPACITY,
        smooth=True,
    )
    return evidence.plate(
        np.concatenate([plain, over], axis=1),
        scale=maps.scale,
        unit=maps.unit,
        is_signed=maps.is_signed,
        opacity=_OPACITY,
        lines=lines,
    )


def _words(reading: "Reading") -> list[str]:
    first = f"{VERDICTS[reading.verdict]}: "
    if reading.label is None:
        return [first + "no class is given"]
    sure = percent(reading.uncertainty.maximum_probability).replace("\u00a0", " ")
    kind = "calibrated" if reading.is_calibrated else "not calibrated"
    return [first + title(reading.label), f"Probability {sure}, {kind}"]


def _header(reading: "Reading", image: Dataset, made_at: datetime) -> Dataset:
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    uid = capture_uid(reading, image.SOPInstanceUID)
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = uid
    for keyword in INHERITED:
        setattr(made, keyword, image.get(keyword))
    made.StudyInstanceUID = image.StudyInstanceUID
    made.SeriesInstanceUID = derived_uid("captures", image.StudyInstanceUID, reading.model.sha256)
    made.Modality, made.ConversionType = "OT", "WSD"
    made.SeriesNumber, made.InstanceNumber = _SERIES_NUMBER, 1
    made.SeriesDescription = INTENDED_USE
    made.Manufacturer, made.ManufacturerModelName = "ARN-CNN", "ARN-CNN Dashboard"
    made.SoftwareVersions, made.DeviceSerialNumber = __version__, reading.model.sha256[:16]
    made.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    made.BurnedInAnnotation = "YES"
    made.PatientOrientation, made.Laterality = None, None
    made.ContentDate = made.SeriesDate = f"{made_at:%Y%m%d}"
    made.ContentTime = made.SeriesTime = f"{made_at:%H%M%S}"
    made.DateOfSecondaryCapture, made.TimeOfSecondaryCapture = made.ContentDate, made.ContentTime
    made.TimezoneOffsetFromUTC = made_at.strftime("%z")[:5]
    source = Dataset()
    source.ReferencedSOPClassUID = image.SOPClassUID
    source.ReferencedSOPInstanceUID = image.SOPInstanceUID
    made.SourceImageSequence = [source]
    made.DerivationDescription = "Scan, evidence and verdict drawn side by side"
    return made


def _add_pixels(made: Dataset, drawn: np.ndarray) -> None:
    made.SamplesPerPixel, made.PhotometricInterpretation = 3, "RGB"
    made.PlanarConfiguration = 0
    made.Rows, made.Columns = drawn.shape[:2]
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    data = np.ascontiguousarray(drawn).tobytes()
    made.PixelData = data + b"\0" * (len(data) % 2)
