"""DICOM to Scan by pydicom. Runs in the sandbox only (see ``child``).

One frame is decoded, the one asked for. Everything the header states about the size of
the pixels is compared with the limits and with the data before a decoder sees it.
"""

import math
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydicom import config, uid
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels import get_decoder
from pydicom.pixels.decoders.base import Decoder

from arncnn.intake import attributes, budget, dicom_file, dicom_lut, fragments, limits
from arncnn.intake.codestream import StreamSize, jpeg_2000_size, jpeg_size
from arncnn.intake.dicom_values import functional, integer, numbers, text, values
from arncnn.intake.frames import check_size, choose
from arncnn.intake.grey import finite, luminance
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan

# Values are checked here; pydicom's own validation only writes warnings that quote them.
config.settings.reading_validation_mode = config.IGNORE

_AIR_HU = -1024.0  # what lies outside a CT's round field of view
_DICOMDIR = "1.2.840.10008.1.3.10"  # Media Storage Directory Storage
_GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
_BITS = frozenset({1, 8, 16, 32, 64})


@dataclass(frozen=True)
class _Shape:
    rows: int
    columns: int
    samples: int
    frames: int
    allocated: int
    stored: int
    signed: bool
    photometric: str
    planar: int


def _shape(dataset: Dataset, keyword: str) -> _Shape:
    """The Image Pixel module (PS3.3 C.7.6.3), checked against the limits."""

    def whole(name: str, default: int | None, low: int, high: int) -> int:
        value = integer(dataset, name)
        value = default if value is None else value
        if value is None or not low <= value <= high:
            raise refuse("header_incomplete", what=name)
        return value

    rows, columns = whole("Rows", None, 1, 65535), whole("Columns", None, 1, 65535)
    check_size(columns, rows)
    samples = whole("SamplesPerPixel", 1, 1, 3)
    if samples == 2:
        raise refuse("header_incomplete", what="SamplesPerPixel")
    frames = max(1, whole("NumberOfFrames", 1, 0, 2**31))
    allocated = whole("BitsAllocated", None, 1, 64)
    if allocated not in _BITS:
        raise refuse("header_incomplete", what="BitsAllocated")
    if keyword == "FloatPixelData":
        allocated = 32
    elif keyword == "DoubleFloatPixelData":
        allocated = 64
    if frames > limits.MAX_FRAMES:
        raise refuse("too_many_frames", frames=frames, limit=limits.MAX_FRAMES)
    if rows * columns * samples * frames * allocated // 8 > limits.MAX_DECLARED_BYTES:
        raise refuse("frames_too_large", limit=limits.MAX_DECLARED_BYTES >> 30)
    photometric = text(dataset, "PhotometricInterpretation").upper()
    if not photometric:
        raise refuse("header_incomplete", what="PhotometricInterpretation")
    return _Shape(
        rows,
        columns,
        samples,
        frames,
        allocated,
        whole("BitsStored", allocated, 1, allocated),
        whole("PixelRepresentation", 0, 0, 1) == 1,
        photometric,
        whole("PlanarConfiguration", 0, 0, 1),
    )


def _decoder(file: dicom_file.DicomFile) -> Decoder:
    """The decoder for the stated transfer syntax, or a typed reason why there is none."""
    stated = text(getattr(file.dataset, "file_meta", Dataset()), "TransferSyntaxUID")
    if stated:
        syntax = uid.UID(stated)
    else:
        implicit, little = file.dataset.original_encoding
        syntax = uid.ExplicitVRLittleEndian if little else uid.ExplicitVRBigEndian
        syntax = uid.ImplicitVRLittleEndian if implicit else syntax
    name = syntax.name if syntax in uid.UID_dictionary else "unknown"
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise refuse("transfer_syntax", name=name) from None
    if not decoder.is_available:
        raise refuse("transfer_syntax", name=name)
    if decoder.is_encapsulated != (file.pixel_length is None):
        raise refuse("contradiction", what="compression stated and found")
    return decoder


def _check_native(shape: _Shape, file: dicom_file.DicomFile) -> None:
    bits = shape.rows * shape.columns * shape.samples * shape.allocated
    if shape.photometric == "YBR_FULL_422":
        bits = bits * 2 // 3  # two pixels share their colour (PS3.3 C.7.6.3.1.2)
    needed = math.ceil(bits * shape.frames / 8)
    stated = file.pixel_length or 0
    if needed > stated or stated > file.available:
        raise refuse("truncated")


def _check_stream(shape: _Shape, decoder: Decoder, stream: bytes) -> None:
    """Compares what a compressed frame states with what the header states."""
    syntax = decoder.UID
    found: StreamSize | None = None
    if syntax in uid.JPEG2000TransferSyntaxes or syntax.name.startswith("High-Throughput"):
        found = jpeg_2000_size(stream)
    elif syntax in uid.JPEGTransferSyntaxes or syntax in uid.JPEGLSTransferSyntaxes:
        found = jpeg_size(stream)
    elif syntax == uid.RLELossless:
        return  # has no size of its own; decoders fill the header's size or fail
    if found is None:
        raise refuse("damaged")
    if (found.width, found.height) != (shape.columns, shape.rows):
        raise refuse("contradiction", what="rows and columns")
    if found.components != shape.samples:
        raise refuse("contradiction", what="colours of a pixel")
    if found.bits > shape.allocated:
        raise refuse("contradiction", what="bits of a pixel")
    twelve_bits = syntax == uid.JPEGExtended12Bit and found.bits > 8
    if twelve_bits and "pylibjpeg" not in decoder.available_plugins:
        raise refuse("jpeg_12_bit")


def _stored(
    file: dicom_file.DicomFile, shape: _Shape, index: int
) -> tuple[NDArray[np.generic], str]:
    """The stored samples of one frame, colour turned to RGB, and what they mean now."""
    decoder = _decoder(file)
    start = file.source.tell()
    options: dict[str, object] = {
        "rows": shape.rows,
        "columns": shape.columns,
        "samples_per_pixel": shape.samples,
        "number_of_frames": shape.frames,
        "bits_allocated": shape.allocated,
        "bits_stored": shape.stored,
        "pixel_representation": int(shape.signed),
        "photometric_interpretation": shape.photometric,
        "pixel_keyword": file.pixel_keyword,
        "pixel_vr": file.pixel_vr,
    }
    if shape.samples > 1:
        options["planar_configuration"] = shape.planar
    if decoder.is_native:
        _check_native(shape, file)
    else:
        fragments.check(file.source, file.available)
        offsets = values(file.dataset, "ExtendedOffsetTable")
        lengths = values(file.dataset, "ExtendedOffsetTableLengths")
        if offsets and lengths:
            options["extended_offsets"] = (offsets[0], lengths[0])
        try:
            stream = get_frame(
                file.source,
                index,
                number_of_frames=shape.frames,
                extended_offsets=options.get("extended_offsets"),
            )
        except (ValueError, EOFError):  # fewer frames than stated
            raise refuse("truncated") from None
        _check_stream(shape, decoder, stream)
        file.source.seek(start)
    budget.allow(shape.rows * shape.columns)
    samples, meaning = decoder.as_array(file.source, index=index, **options)
    return samples, str(meaning["photometric_interpretation"])


def _unpadded(
    stored: NDArray[np.generic], pixels: NDArray[np.float32], dataset: Dataset, air: float | None
) -> None:
    """Gives padding (0028,0120 and 0121) the value of air, or of the darkest real pixel."""
    value = integer(dataset, "PixelPaddingValue")
    if value is None:
        return
    limit = integer(dataset, "PixelPaddingRangeLimit")
    low, high = sorted((value, value if limit is None else limit))
    padding = np.greater_equal(stored, low) & np.less_equal(stored, high)
    if padding.any() and not padding.all():
        pixels[padding] = pixels[~padding].min() if air is None else air


def _spacing(dataset: Dataset, frame: int) -> tuple[float, float] | None:
    measures = functional(dataset, frame, "PixelMeasuresSequence")
    for source in (measures, dataset):
        for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
            found = numbers(source, keyword) if source is not None else []
            if len(found) == 2 and min(found) > 0:
                return found[0], found[1]
    return None


def decode(source: BytesIO, frame: int | None, series_key: bytes) -> Scan:
    """One frame of a DICOM file.

    CT with a rescale in HU (or of no stated type) and no localizer is in Hounsfield
    units and stays so even where it says MONOCHROME1: its values are physical.

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
    shape = _shape(dataset, file.pixel_keyword)
    index = choose(frame, shape.frames)
    stored, meaning = _stored(file, shape, index)
    kept = attributes.collect(dataset, index, shape.photometric)
    presets: tuple[dicom_lut.Window, ...] = ()
    colourfulness, is_hounsfield = 0.0, False
    if meaning == "PALETTE COLOR":
        pixels, colourfulness = luminance(*dicom_lut.palette(stored, dataset))
    elif stored.ndim == 3 and meaning.startswith("YBR"):  # 16-bit YBR: the first sample is grey
        pixels = stored[..., 0].astype(np.float32)
    elif stored.ndim == 3:
        pixels, colourfulness = luminance(stored, float(2**shape.stored - 1))
    elif meaning in _GREY:
        rescaled = dicom_lut.modality(stored, dataset, index, shape.stored)
        is_hounsfield = (
            kept.get("Modality") == "CT"
            and rescaled.applied
            and rescaled.kind in ("", "HU")
            and "Localizer" not in kept
        )
        pixels = rescaled.pixels
        presets = dicom_lut.windows(dataset, index, is_hounsfield=is_hounsfield)
        if meaning == "MONOCHROME1" and not is_hounsfield:
            pixels, presets = dicom_lut.invert(pixels, presets, rescaled.low, rescaled.high)
        _unpadded(stored, pixels, dataset, _AIR_HU if is_hounsfield else None)
    else:
        raise refuse("header_incomplete", what="PhotometricInterpretation")
    return Scan(
        pixels=finite(pixels),
        sha256="",
        kind="dicom",
        is_hounsfield=is_hounsfield,
        colourfulness=colourfulness,
        windows=presets,
        frame=index,
        frames=shape.frames,
        attributes=MappingProxyType(kept),
        series_key=attributes.series_hash(dataset, series_key),
        spacing_mm=_spacing(dataset, index),
        warnings=attributes.warnings(dataset, kept),
    )
