"""DICOM to Scan by pydicom. Runs in the sandbox only (see ``worker``).

One frame is decoded, the one asked for; ``dicom_pixels`` reads its samples, ``dicom_lut`` says
what they mean.
"""

from io import BytesIO
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydicom import config, uid
from pydicom.dataset import Dataset

from arncnn.intake import attributes, dicom_file, dicom_lut, dicom_pixels
from arncnn.intake.dicom_values import functional, numbers, text
from arncnn.intake.frames import aspect, choose
from arncnn.intake.grey import finite, luminance
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan

# Values are checked here; pydicom's own validation only writes warnings that quote them.
config.settings.reading_validation_mode = config.IGNORE

_AIR_HU = -1024.0  # what lies outside a CT's round field of view
_DICOMDIR = "1.2.840.10008.1.3.10"  # Media Storage Directory Storage
_GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
_CT_IMAGES = frozenset(
    {uid.CTImageStorage, uid.EnhancedCTImageStorage, uid.LegacyConvertedEnhancedCTImageStorage}
)
_NOTHING_SHOWN = (
    "The header's display window shows this image as a single grey level; another window is used."
)


def _is_hounsfield(dataset: Dataset, kept: dict[str, str], rescaled: dicom_lut.Rescaled) -> bool:
    """Whether rescaled values are CT numbers.

    They are where their type says HU, or where an image of a CT class does not say. A CT's
    screenshot in a secondary capture, a localizer, or an iodine map is plain grey.
    """
    if kept.get("Modality") != "CT" or not rescaled.applied or "Localizer" in kept:
        return False
    stated = rescaled.kind == "HU"
    return stated or (rescaled.kind == "" and text(dataset, "SOPClassUID") in _CT_IMAGES)


def _unpadded(
    pixels: NDArray[np.float32], padding: NDArray[np.bool_] | None, air: float | None
) -> None:
    """Gives padding the value of air, or of the darkest real pixel."""
    if padding is not None and padding.any() and not padding.all():
        pixels[padding] = pixels[~padding].min() if air is None else air


def _geometry(dataset: Dataset, frame: int) -> tuple[tuple[float, float] | None, float]:
    """Spacing of rows and columns in mm where known, and a pixel's height over its width."""
    measures = functional(dataset, frame, "PixelMeasuresSequence")
    for source in (measures, dataset):
        for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
            found = numbers(source, keyword) if source is not None else []
            if len(found) == 2 and min(found) > 0:
                return (found[0], found[1]), aspect(*found)
    ratio = numbers(dataset, "PixelAspectRatio")  # vertical, then horizontal
    return None, aspect(*ratio) if len(ratio) == 2 else 1.0


def decode(source: BytesIO, frame: int | None, series_key: bytes) -> Scan:
    """One frame of a DICOM file.

    CT in Hounsfield units stays so even where it says MONOCHROME1: its values are physical.

    Args:
        source: the whole file.
        frame: from 0; None for the middle one.
        series_key: secret for the keyed hash of the series' UID.

    Raises:
        IntakeError: with a code of ``reasons``.
    """
    file = dicom_file.read(source)
    dataset = file.dataset
    meta = getattr(dataset, "file_meta", Dataset())
    if text(meta, "MediaStorageSOPClassUID") == _DICOMDIR or "DirectoryRecordSequence" in dataset:
        raise refuse("dicomdir")
    if file.pixel_keyword is None:
        raise refuse("no_picture" if len(dataset) or len(meta) else "damaged")
    shape = dicom_pixels.shape(dataset, file.pixel_keyword)
    index = choose(frame, shape.frames)
    stored = dicom_pixels.samples(file, shape, index)
    kept = attributes.collect(dataset, index, shape.photometric)
    remarks = attributes.warnings(dataset, kept)
    presets: tuple[dicom_lut.Window, ...] = ()
    colourfulness, is_hounsfield = 0.0, False
    if stored.photometric == "PALETTE COLOR":
        pixels, colourfulness = luminance(*dicom_lut.palette(stored.values, dataset))
    elif stored.values.ndim == 3 and stored.photometric.startswith("YBR"):
        pixels = stored.values[..., 0].astype(np.float32)  # 16 bits: the first sample is grey
    elif stored.values.ndim == 3:
        pixels, colourfulness = luminance(stored.values, float(2**stored.bits - 1))
    elif stored.photometric in _GREY:
        rescaled = dicom_lut.modality(stored.values, dataset, index, stored.bits)
        is_hounsfield = _is_hounsfield(dataset, kept, rescaled)
        pixels = rescaled.pixels
        presets = dicom_lut.windows(
            dataset, index, is_hounsfield=is_hounsfield, signed=rescaled.low < 0
        )
        if stored.photometric == "MONOCHROME1" and not is_hounsfield:
            pixels, presets = dicom_lut.invert(pixels, presets, rescaled.low, rescaled.high)
        _unpadded(pixels, stored.padding, _AIR_HU if is_hounsfield else None)
    else:
        raise refuse("header_incomplete", what="PhotometricInterpretation")
    pixels = finite(pixels)
    presets, is_blind = dicom_lut.visible(presets, pixels)
    spacing, ratio = _geometry(dataset, index)
    return Scan(
        pixels=pixels,
        sha256="",
        kind="dicom",
        is_hounsfield=is_hounsfield,
        colourfulness=colourfulness,
        windows=presets,
        frame=index,
        frames=shape.frames,
        attributes=MappingProxyType(kept),
        series_key=attributes.series_hash(dataset, series_key),
        study_key=attributes.study_hash(dataset, series_key),
        spacing_mm=spacing,
        aspect=ratio,
        warnings=(*remarks, _NOTHING_SHOWN) if is_blind else remarks,
    )
