"""The stored samples of one DICOM frame: sized, decoded, and freed of what is not theirs.

Runs in the sandbox only (see ``worker``). Everything the header states about the size of the
pixels is compared with the limits and with the data before a decoder sees it. The decoders are
asked for bare bits; which of them are a sample's, and whether it has a sign, is said here.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels import get_decoder
from pydicom.pixels.decoders.base import Decoder
from pydicom.pixels.processing import convert_color_space

from arncnn.intake import budget, dicom_file, fragments, limits
from arncnn.intake.codestream import StreamSize, jpeg_2000_size, jpeg_size
from arncnn.intake.dicom_values import integer, number, text, values
from arncnn.intake.frames import check_size
from arncnn.intake.refusals import refuse

_HALVED = frozenset({"YBR_FULL_422", "YBR_PARTIAL_422"})  # two pixels share their colour
_PARTIAL, _FOR_VIDEO = "YBR_PARTIAL_422", "YBR_PARTIAL_420"  # both retired
_BITS = frozenset({1, 8, 16, 32, 64})
_CONTAINERS = (8, 16, 32, 64)  # bits a decoder gives a sample
_FLOAT_BITS = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}


@dataclass(frozen=True)
class Shape:
    """The Image Pixel module (PS3.3 C.7.6.3), as far as it says how samples are stored."""

    rows: int
    columns: int
    samples: int
    frames: int
    allocated: int
    stored: int
    high: int
    signed: bool
    photometric: str
    planar: int


def shape(dataset: Dataset, keyword: str) -> Shape:
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
    allocated = _FLOAT_BITS.get(keyword, allocated)
    if frames > limits.MAX_FRAMES:
        raise refuse("too_many_frames", frames=frames, limit=limits.MAX_FRAMES)
    if rows * columns * samples * frames * allocated // 8 > limits.MAX_DECLARED_BYTES:
        raise refuse("frames_too_large", limit=limits.MAX_DECLARED_BYTES >> 30)
    stored = whole("BitsStored", allocated, 1, allocated)
    high = integer(dataset, "HighBit")
    if high is None or not stored - 1 <= high < allocated:  # some writers leave it at 15 or 0
        high = stored - 1
    photometric = text(dataset, "PhotometricInterpretation").upper()
    if photometric in ("", _FOR_VIDEO):
        raise refuse("header_incomplete", what="PhotometricInterpretation")
    return Shape(
        rows,
        columns,
        samples,
        frames,
        allocated,
        stored,
        high,
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


def _check_native(shape: Shape, file: dicom_file.DicomFile) -> None:
    bits = shape.rows * shape.columns * shape.samples * shape.allocated
    if shape.photometric in _HALVED:
        bits = bits * 2 // 3  # PS3.3 C.7.6.3.1.2
    needed = math.ceil(bits * shape.frames / 8)
    stated = file.pixel_length or 0
    if needed > stated or stated > file.available:
        raise refuse("truncated")


def _check_stream(shape: Shape, decoder: Decoder, stream: bytes) -> StreamSize | None:
    """Compares what a compressed frame states with what the header states."""
    syntax = decoder.UID
    found: StreamSize | None = None
    if syntax in uid.JPEG2000TransferSyntaxes or syntax.name.startswith("High-Throughput"):
        found = jpeg_2000_size(stream)
    elif syntax in uid.JPEGTransferSyntaxes or syntax in uid.JPEGLSTransferSyntaxes:
        found = jpeg_size(stream)
    elif syntax == uid.RLELossless:
        return None  # has no size of its own; decoders fill the header's size or fail
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
    return found


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of one frame.

    Attributes:
        values: (height, width) or (height, width, 3); numbers with their sign, or floats, with
            NaN for padding.
        photometric: what they mean now: colour may have been turned to RGB.
        bits: how many of a value's bits can be set.
        padding: (height, width), where there is no picture; None where nothing says so.
    """

    values: NDArray[Any]
    photometric: str
    bits: int
    padding: NDArray[np.bool_] | None


def samples(file: dicom_file.DicomFile, shape: Shape, index: int) -> Samples:
    """Decodes one frame.

    Raises:
        IntakeError: unknown or contradictory compression, or data that end too early.
    """
    raw, photometric, stream = _decoded(file, shape, index)
    if raw.dtype.kind == "f":
        padded = _float_padding(raw, file.dataset, str(file.pixel_keyword))
        return Samples(np.where(padded, np.nan, raw), photometric, shape.allocated, None)
    precision = stream.bits if stream else shape.allocated
    # A stream with fewer bits than the header's cell holds the sample alone.
    shift = shape.high + 1 - shape.stored if precision > shape.high else 0
    bits = min(shape.stored, precision)
    signed = shape.signed or (stream is not None and stream.is_signed)
    ends = _padding_range(file.dataset, shape) if raw.ndim == 2 else None
    if ends is None:
        return Samples(_numbers(raw, shift, bits, signed), photometric, bits, None)
    # Padding may use bits of the cell that a sample must not.
    padding = _within(_numbers(raw, 0, precision, signed), ends)
    found = _numbers(raw, shift, bits, signed)
    return Samples(found, photometric, bits, padding | _within(found, ends))


def _decoded(
    file: dicom_file.DicomFile, shape: Shape, index: int
) -> tuple[NDArray[Any], str, StreamSize | None]:
    """Bare samples of one frame, colour turned to RGB; and what its stream says of itself."""
    decoder = _decoder(file)
    start = file.source.tell()
    options: dict[str, object] = {
        "rows": shape.rows,
        "columns": shape.columns,
        "samples_per_pixel": shape.samples,
        "number_of_frames": shape.frames,
        "bits_allocated": shape.allocated,
        "bits_stored": shape.allocated,
        "pixel_representation": 0,
        "photometric_interpretation": shape.photometric,
        "pixel_keyword": file.pixel_keyword,
        "pixel_vr": file.pixel_vr,
    }
    if shape.samples > 1:
        options["planar_configuration"] = shape.planar
    stream = None
    if decoder.is_native:
        _check_native(shape, file)
    else:
        fragments.check(file.source, file.available)
        offsets = values(file.dataset, "ExtendedOffsetTable")
        lengths = values(file.dataset, "ExtendedOffsetTableLengths")
        if offsets and lengths:
            options["extended_offsets"] = (offsets[0], lengths[0])
        try:
            encoded = get_frame(
                file.source,
                index,
                number_of_frames=shape.frames,
                extended_offsets=options.get("extended_offsets"),
            )
        except (ValueError, EOFError):  # fewer frames than stated
            raise refuse("truncated") from None
        stream = _check_stream(shape, decoder, encoded)
        file.source.seek(start)
    if stream:
        options["bits_stored"] = stream.bits
        options["bits_allocated"] = next(size for size in _CONTAINERS if size >= stream.bits)
        options["pixel_representation"] = int(stream.is_signed)
    budget.allow(pixels=shape.rows * shape.columns)
    if shape.photometric == _PARTIAL and shape.allocated == 8:
        options["photometric_interpretation"] = "YBR_FULL_422"
        partial, _ = decoder.as_array(file.source, index=index, raw=True, **options)
        return _from_partial(partial), "RGB", stream
    raw, meaning = decoder.as_array(file.source, index=index, **options)
    return raw, str(meaning["photometric_interpretation"]), stream


def _from_partial(partial: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB of YCbCr in its part of the range: 16 to 235, colours to 240 (ITU-R BT.601)."""
    zero = np.array([16, 128, 128], np.float32)
    scale = np.array([255 / 219, 255 / 224, 255 / 224], np.float32)
    full = (partial - zero) * scale + np.array([0, 128, 128], np.float32)
    return convert_color_space(np.clip(np.round(full), 0, 255).astype(np.uint8), "YBR_FULL", "RGB")


def _numbers(raw: NDArray[Any], shift: int, bits: int, signed: bool) -> NDArray[Any]:
    """The ``bits`` from ``shift`` on as numbers, with their sign where they have one, in place.

    PS3.5 8.1.1: what else a cell holds, overlays of old or a decoder's filling, is not theirs.
    """
    size = raw.dtype.itemsize
    found = raw.astype(raw.dtype.newbyteorder("="), copy=False).view(f"u{size}")
    if bits < 8 * size:
        np.left_shift(found, 8 * size - bits - shift, out=found)
    found = found.view(f"i{size}") if signed else found
    return np.right_shift(found, 8 * size - bits, out=found) if bits < 8 * size else found


def _padding_range(dataset: Dataset, shape: Shape) -> tuple[int, int] | None:
    """Pixel Padding Value and Range Limit (0028,0120 and 0121), with the sign of the pixels.

    Their own VR is often the other one: 63536 means -2000 where pixels are signed.
    """
    found = []
    for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit"):
        value = integer(dataset, keyword)
        if value is None:
            break
        whole = 1 << shape.allocated
        if shape.signed and value >= whole // 2:
            value -= whole
        found.append(value + whole if value < 0 and not shape.signed else value)
    return (min(found), max(found)) if found else None


def _within(found: NDArray[Any], ends: tuple[int, int]) -> NDArray[np.bool_]:
    return np.greater_equal(found, ends[0]) & np.less_equal(found, ends[1])


def _float_padding(found: NDArray[Any], dataset: Dataset, keyword: str) -> NDArray[np.bool_]:
    """Where there is no picture among floats (0028,0122 to 0125)."""
    prefix = keyword.replace("PixelData", "PixelPadding")
    value, limit = number(dataset, f"{prefix}Value"), number(dataset, f"{prefix}RangeLimit")
    if value is None:
        return np.zeros(found.shape, bool)
    low, high = sorted(found.dtype.type(end) for end in (value, value if limit is None else limit))
    return (found >= low) & (found <= high)
