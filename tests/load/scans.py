"""Files to read: drawn phantoms, each with noise of its own, so that no two are one case."""

from collections.abc import Callable
from functools import cache
from io import BytesIO

import cv2
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from tests.drawings import phantoms

_DICOM_EDGE = 512
_NOISE = 3  # grey levels
_chest_xray, _chest_ct = cache(phantoms.chest_xray), cache(phantoms.chest_ct)  # drawn once


def png(number: int) -> bytes:
    """A chest X-ray as the project draws it."""
    return cv2.imencode(".png", _noisy(_chest_xray(), number))[1].tobytes()


def dicom(number: int) -> bytes:
    """A chest CT of 512 x 512 in Hounsfield units, 16 bits, uncompressed."""
    drawn = cv2.resize(_chest_ct(), (_DICOM_EDGE, _DICOM_EDGE))
    stored = _noisy(drawn, number).astype(np.uint16) * 8  # rescaled to -1024 to 1016 HU
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[f"load {number}"])
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.Modality = "CT"
    dataset.Manufacturer = "ARN-CNN phantom"
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.RescaleType = "HU"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.PixelData = stored.tobytes()
    out = BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


KINDS: dict[str, Callable[[int], bytes]] = {"png": png, "dicom_512": dicom}


def _noisy(grey: np.ndarray, number: int) -> np.ndarray:
    noise = np.random.default_rng(number).integers(-_NOISE, _NOISE + 1, grey.shape)
    return np.clip(grey.astype(np.int16) + noise, 0, 255).astype(np.uint8)
