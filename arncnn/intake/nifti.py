"""One slice of a NIfTI-1 or NIfTI-2 file; nibabel says where left, front and top are.

Runs in the sandbox only. However its axes are stored, a volume is brought to the nearest of the
canonical ones (RAS+) and shown as viewers of NIfTI do: axial slices from the feet up, the front
on top, the right side on the right. A volume too thin for that, such as one coronal slice, is
looked at along its thin axis, the head on top. The header's free text is not read.
"""

import math
from io import BytesIO

import numpy as np
from nibabel import orientations
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from arncnn.intake import budget, limits
from arncnn.intake.frames import aspect, check_size, choose
from arncnn.intake.grey import finite
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan
from arncnn.intake.sniff import NIFTI_2_BYTES

_TYPES = frozenset(["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8"])


def _header(data: bytes) -> Nifti1Header:
    order = "<" if data[0] else ">"  # 348 and 540, the headers' lengths, as four bytes
    is_second = int.from_bytes(data[:4], "little" if data[0] else "big") == NIFTI_2_BYTES
    kind = Nifti2Header if is_second else Nifti1Header
    size = kind.template_dtype.itemsize
    if len(data) < size:
        raise refuse("truncated")
    header = kind(data[:size], order, check=False)
    if not bytes(header["magic"]).startswith(b"n+"):
        raise refuse("header_incomplete", what="image file that belongs to this header")
    return header


def _affine(header: Nifti1Header) -> NDArray[np.float64]:
    """Voxels to millimetres by the sform, else the qform; as stored where neither is there."""
    for code, transform in (("sform_code", header.get_sform), ("qform_code", header.get_qform)):
        if header[code]:
            try:
                found = np.asarray(transform(), np.float64)
            except (HeaderDataError, ValueError):
                continue
            if np.isfinite(found).all() and abs(np.linalg.det(found[:3, :3])) > 0:
                return found
    return np.eye(4)  # method 1 of the standard: as stored


def decode(source: BytesIO, frame: int | None) -> Scan:
    """Slice ``frame`` of a NIfTI file, the middle one of the middle volume for None.

    Raises:
        IntakeError: unusual sample types, sizes beyond the limits, missing data.
    """
    view = source.getbuffer()
    header = _header(bytes(view[:NIFTI_2_BYTES]))
    try:
        shape = tuple(int(side) for side in header.get_data_shape())
        sample = header.get_data_dtype()
        zooms = [float(zoom) for zoom in header.get_zooms()[:3]]
        start = int(header["vox_offset"])
    except (HeaderDataError, ValueError, OverflowError):
        raise refuse("header_incomplete", what="dimensions, sample type or offset") from None
    if sample.str[1:] not in _TYPES:
        raise refuse("header_incomplete", what="usual sample type")
    if not 2 <= len(shape) <= 7 or min(shape) < 1:
        raise refuse("header_incomplete", what="dimensions")
    if not len(bytes(header.structarr)) <= start < len(view):
        raise refuse("header_incomplete", what="offset of the pixels")
    shape, zooms = (*shape, 1)[: max(3, len(shape))], [*zooms, 1.0][:3]
    if start + math.prod(shape) * sample.itemsize > len(view):
        raise refuse("truncated")
    stored = np.ndarray(shape, sample, view, start, order="F").reshape(*shape[:3], -1, order="F")
    try:
        turn = orientations.io_orientation(_affine(header))
        volumes = orientations.apply_orientation(stored, turn)  # views, no copies
    except (orientations.OrientationError, ValueError, np.linalg.LinAlgError):
        raise refuse("header_incomplete", what="orientation") from None
    sides = [zooms[int(np.flatnonzero(turn[:, 0] == axis)[0])] for axis in range(3)]
    thin = [axis for axis in (0, 1) if volumes.shape[axis] < limits.MIN_SIDE]
    along = thin[0] if thin and volumes.shape[2] >= limits.MIN_SIDE else 2
    across, down = (axis for axis in range(3) if axis != along)
    check_size(volumes.shape[across], volumes.shape[down])
    budget.allow(pixels=volumes.shape[across] * volumes.shape[down])
    slices, times = volumes.shape[along], volumes.shape[3]
    middle = times // 2 * slices + slices // 2
    index = choose(middle if frame is None else frame, slices * times)
    plane = volumes[..., index // slices].take(index % slices, axis=along).T[::-1]
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    with np.errstate(over="ignore", invalid="ignore"):
        pixels = np.ascontiguousarray(plane).astype(np.float32)
        if math.isfinite(slope) and math.isfinite(intercept) and slope != 0:
            pixels = pixels * np.float32(slope) + np.float32(intercept)
    spacing = sides[down], sides[across]
    known = all(map(math.isfinite, spacing)) and min(spacing) > 0
    return Scan(
        pixels=finite(pixels),
        sha256="",
        kind="nifti",
        frame=index,
        frames=slices * times,
        spacing_mm=spacing if known else None,
        aspect=aspect(*spacing),
    )
