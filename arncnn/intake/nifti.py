"""One slice of a NIfTI-1 file, by an own minimal reader. Runs in the sandbox only.

https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h. The slices are those along the
third stored axis, shown as most viewers do: first axis to the right, second axis up. The
header's free text is not read.
"""

import math
import struct
from io import BytesIO

import numpy as np

from arncnn.intake.frames import check_size, choose
from arncnn.intake.grey import finite
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan

_HEADER = 348
_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4"}


def decode(source: BytesIO, frame: int | None) -> Scan:
    """Slice ``frame`` of a NIfTI file, the middle one for None.

    Raises:
        IntakeError: unusual sample types, sizes beyond the limits, missing data.
    """
    view = source.getbuffer()
    if len(view) < _HEADER:
        raise refuse("truncated")
    order = "<" if struct.unpack_from("<i", view, 0)[0] == _HEADER else ">"
    if bytes(view[344:347]) != b"n+1":
        raise refuse("header_incomplete", what="picture file that belongs to this header")
    dim = struct.unpack_from(order + "8h", view, 40)
    datatype = struct.unpack_from(order + "h", view, 70)[0]
    pixdim = struct.unpack_from(order + "8f", view, 76)
    offset, slope, intercept = struct.unpack_from(order + "3f", view, 108)
    if datatype not in _TYPES:
        raise refuse("header_incomplete", what="usual sample type")
    if not 2 <= dim[0] <= 7 or min(dim[1 : dim[0] + 1]) < 1:
        raise refuse("header_incomplete", what="dimensions")
    if not math.isfinite(offset) or not _HEADER <= offset < len(view):
        raise refuse("header_incomplete", what="offset of the pixels")
    width, height = dim[1], dim[2]
    check_size(width, height)
    frames = math.prod(dim[3 : dim[0] + 1])
    index = choose(frame, frames)
    sample = np.dtype(order + _TYPES[datatype])
    start = int(offset) + index * width * height * sample.itemsize
    if start + width * height * sample.itemsize > len(view):
        raise refuse("truncated")
    stored = np.frombuffer(view, sample, width * height, start).reshape(height, width)
    with np.errstate(over="ignore", invalid="ignore"):
        pixels = np.ascontiguousarray(stored[::-1]).astype(np.float32)
        if math.isfinite(slope) and math.isfinite(intercept) and slope != 0:
            pixels = pixels * np.float32(slope) + np.float32(intercept)
    spacing = (float(pixdim[2]), float(pixdim[1]))
    return Scan(
        pixels=finite(pixels),
        sha256="",
        kind="nifti",
        frame=index,
        frames=frames,
        spacing_mm=spacing if all(map(math.isfinite, spacing)) and min(spacing) > 0 else None,
    )
