"""A phantom as a DICOM file, with the body part in its header that a caller names."""

from io import BytesIO
from pathlib import Path

import cv2
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    generate_uid,
)


def radiograph(path: Path, *, body_part: str) -> bytes:
    """A digital radiograph (DX, MONOCHROME2, 8 bit) of a phantom's picture.

    Args:
        path: the picture, grey.
        body_part: what Body Part Examined (0018,0015) says, right or wrong.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid(
        entropy_srcs=[f"{path.stem.lower()} phantom"]
    )
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.Modality = "DX"
    dataset.BodyPartExamined = body_part
    dataset.Manufacturer = "ARN-CNN phantom"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = picture.shape
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.PixelData = picture.tobytes()
    out = BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()
