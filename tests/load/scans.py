"""Files to read: drawn phantoms, each with noise of its own, so that no two are one case."""

import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO

import cv2
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    generate_uid,
)

from tests.drawings import phantoms

_DICOM_EDGE, _FILM_EDGE = 512, 2000
_NOISE = 3  # grey levels
_chest_xray, _chest_ct = cache(phantoms.chest_xray), cache(phantoms.chest_ct)  # drawn once


def png(number: int) -> bytes:
    """A chest X-ray as the project draws it."""
    return cv2.imencode(".png", _noisy(_chest_xray(), number))[1].tobytes()


def dicom(number: int) -> bytes:
    """A chest CT of 512 x 512 in Hounsfield units, 16 bits, uncompressed."""
    return _written(_ct(number), f"load {number}")


def film(number: int) -> bytes:
    """A chest film of 2,000 x 2,000 with twelve bits in sixteen, uncompressed."""
    drawn = cv2.resize(_chest_xray(), (_FILM_EDGE, _FILM_EDGE))
    dataset = _dataset(_noisy(drawn, number).astype(np.uint16) * 16)
    dataset.SOPClassUID, dataset.Modality = DigitalXRayImageStorageForPresentation, "DX"
    return _written(dataset, f"film {number}")


def series(count: int) -> bytes:
    """A ZIP of CT slices of 512 x 512 that are one series."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(count):
            dataset = _ct(number)
            dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["load series"])
            dataset.InstanceNumber = number + 1
            dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
            dataset.ImagePositionPatient = [0, 0, number]
            archive.writestr(f"{number:03d}.dcm", _written(dataset, f"slice {number}"))
    return packed.getvalue()


def _ct(number: int) -> Dataset:
    drawn = cv2.resize(_chest_ct(), (_DICOM_EDGE, _DICOM_EDGE))
    dataset = _dataset(_noisy(drawn, number).astype(np.uint16) * 8)  # to -1024 to 1016 HU
    dataset.SOPClassUID, dataset.Modality = CTImageStorage, "CT"
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.RescaleType = "HU"
    return dataset


def _dataset(stored: np.ndarray) -> Dataset:
    dataset = Dataset()
    dataset.Manufacturer = "ARN-CNN phantom"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.PixelData = stored.tobytes()
    return dataset


def _written(dataset: Dataset, name: str) -> bytes:
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[name])
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    out = BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


KINDS: dict[str, Callable[[int], bytes]] = {"png": png, "dicom_512": dicom}


def _noisy(grey: np.ndarray, number: int) -> np.ndarray:
    noise = np.random.default_rng(number).integers(-_NOISE, _NOISE + 1, grey.shape)
    return np.clip(grey.astype(np.int16) + noise, 0, 255).astype(np.uint8)
