"""A chest CT of 40 slices as its DICOM files: drawn, in Hounsfield units, with a geometry.

The last two of its headers say head, so that two slices need a person.
"""

import cv2
import numpy as np
from playwright.sync_api import FilePayload

from tests.drawings import phantoms
from tests.intake import made

SLICES = 40
MISLABELLED = (38, 39)  # from 0
_EDGE = 192  # px
_SPACING_MM, _THICKNESS_MM = 1.8, 5.0
_AIR, _DENSE = -1000, 700  # HU of the drawing's black and white
_WIDEST, _NARROWEST = 1.0, 0.9  # the body becomes narrower from slice to slice
_NOISE = 12  # HU
_SERIES, _STUDY = "1.2.826.0.1.3680043.8.498.40", "1.2.826.0.1.3680043.8.498.4"


def files(patient: int = 0) -> list[FilePayload]:
    """Every slice as a browser is given it, the last one first; each patient's differ."""
    drawn = _drawn()
    return [
        FilePayload(name=name(number), mimeType="application/dicom", buffer=buffer)
        for number in reversed(range(1, SLICES + 1))
        for buffer in [_slice(drawn, number - 1, patient)]
    ]


def name(slice_number: int) -> str:
    """The file of a slice, from 1."""
    return f"IM{slice_number:04}.dcm"


def _drawn() -> np.ndarray:
    return cv2.resize(phantoms.chest_ct(), (_EDGE, _EDGE), interpolation=cv2.INTER_AREA)


def _stored(drawn: np.ndarray, share: float, patient: int) -> np.ndarray:
    """A slice as stored values, at a share of the way through the body."""
    random = np.random.default_rng([patient, round(share * 10_000)])
    zoom = _WIDEST - (_WIDEST - _NARROWEST) * share
    held = cv2.getRotationMatrix2D((_EDGE / 2, _EDGE / 2), 0, zoom)
    grey = cv2.warpAffine(drawn, held, (_EDGE, _EDGE), borderMode=cv2.BORDER_REPLICATE)
    hounsfield = _AIR + grey.astype(float) / 255 * (_DENSE - _AIR)
    hounsfield += random.normal(0, _NOISE, grey.shape)
    return (hounsfield + 1024).clip(0, 4095).astype(np.uint16)


def _slice(drawn: np.ndarray, place: int, patient: int) -> bytes:
    return made.dicom(
        _stored(drawn, place / SLICES, patient),
        SOPInstanceUID=f"{_SERIES}.{patient}.{place + 1}",
        SeriesInstanceUID=f"{_SERIES}.{patient}",
        StudyInstanceUID=f"{_STUDY}.{patient}",
        SeriesDescription="Thorax 5.0",
        InstanceNumber=place + 1,
        RescaleSlope="1",
        RescaleIntercept="-1024",
        RescaleType="HU",
        PixelSpacing=[str(_SPACING_MM)] * 2,
        SliceThickness=str(_THICKNESS_MM),
        ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
        ImagePositionPatient=["0", "0", str(-_THICKNESS_MM * place)],
        BodyPartExamined="HEAD" if place in MISLABELLED else "CHEST",
        WindowCenter="40",
        WindowWidth="400",
    )
