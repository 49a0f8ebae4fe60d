"""DICOM objects made up for archives: radiographs and CT series, each with all its identifiers."""

from io import BytesIO

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
)

ROOT = "1.2.826.0.1.3680043.8.498.77"
SECRET = "Zyxwvut"


def radiograph(
    number: int, *, seed: int | None = None, side: int = 64, **elements: object
) -> bytes:
    """A radiograph of nothing: its number gives its UIDs, its seed its pixels."""
    made = _dataset(DigitalXRayImageStorageForPresentation, f"{ROOT}.1.{number}")
    made.StudyInstanceUID, made.SeriesInstanceUID = f"{ROOT}.2.{number}", f"{ROOT}.3.{number}"
    made.Modality, made.BodyPartExamined, made.InstanceNumber = "DX", "HAND", 1
    rng = np.random.default_rng(number if seed is None else seed)
    _pixels(made, _blob(rng, side))
    return _written(made, elements)


def ct_slice(series: int, position: int, **elements: object) -> bytes:
    """A slice of a CT series, 64 pixels wide."""
    made = _dataset(CTImageStorage, f"{ROOT}.4.{series}.{position + 1}")
    made.StudyInstanceUID, made.SeriesInstanceUID = f"{ROOT}.5.{series}", f"{ROOT}.6.{series}"
    made.Modality, made.BodyPartExamined, made.InstanceNumber = "CT", "CHEST", position + 1
    made.ImagePositionPatient = [0, 0, 5.0 * position]
    made.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    made.RescaleIntercept, made.RescaleSlope = -1024, 1
    rng = np.random.default_rng(1000 * series + position)
    _pixels(made, (_blob(rng, 64).astype(np.uint16) * 8))
    return _written(made, elements)


def of_picture(grey: np.ndarray, uid: str, modality: str, sop_class: str) -> bytes:
    """A picture, uint8 (height, width), as an object of a class; its UIDs begin with ``uid``."""
    made = _dataset(sop_class, f"{uid}.1")
    made.StudyInstanceUID, made.SeriesInstanceUID = f"{uid}.2", f"{uid}.3"
    made.Modality, made.InstanceNumber = modality, 1
    _pixels(made, grey)
    return _written(made, {})


def uids(data: bytes) -> tuple[str, str, str]:
    """Study, series and object of a file's bytes."""
    from pydicom import dcmread

    found = dcmread(BytesIO(data), stop_before_pixels=True)
    return found.StudyInstanceUID, found.SeriesInstanceUID, found.SOPInstanceUID


def _dataset(sop_class: str, uid: str) -> Dataset:
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = sop_class
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = uid
    made.PatientName, made.PatientID = f"{SECRET}^Jane", f"{SECRET}-1"
    made.PatientBirthDate, made.PatientSex = "19330303", "F"
    made.AccessionNumber, made.StudyID = "A1", "1"
    made.StudyDate, made.StudyTime, made.ReferringPhysicianName = "20260101", "101010", ""
    made.Manufacturer, made.SeriesNumber = "Made up", 1
    return made


def _blob(rng: np.random.Generator, side: int) -> np.ndarray:
    y, x = np.mgrid[:side, :side] / side
    cx, cy = rng.uniform(0.3, 0.7, 2)
    bright = 200 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / rng.uniform(0.02, 0.1))
    return (bright + rng.integers(0, 40, (side, side))).clip(0, 255).astype(np.uint8)


def _pixels(made: Dataset, values: np.ndarray) -> None:
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns = values.shape
    made.BitsAllocated = made.BitsStored = 8 * values.itemsize
    made.HighBit, made.PixelRepresentation = made.BitsStored - 1, 0
    made.PixelData = values.tobytes()


def _written(made: Dataset, elements: dict[str, object]) -> bytes:
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    out = BytesIO()
    made.save_as(out, enforce_file_format=True)
    return out.getvalue()
