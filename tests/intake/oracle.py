"""The same pixels from other decoders: imagecodecs, tifffile, nibabel, and dcmtk's dcm2pnm.

``python -m tests.intake.oracle FOLDER`` (``make differential FOLDER=...``) compares every file
below a folder and names those that differ; exits with 1 when there are any. pydicom finds the
elements of a DICOM header here; no pixel passes through it, gdcm, pylibjpeg or Pillow.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import imagecodecs
import nibabel
import numpy as np
import pydicom
import tifffile
from pydicom import uid
from pydicom.encaps import get_frame

from arncnn.errors import IntakeError
from arncnn.figures import picture
from arncnn.intake import Scan, open_scan

WEIGHTS = [0.299, 0.587, 0.114]
# Two JPEG decoders may round apart, and an RGB made of YCbCr once more.
LOSSY, COLOUR, EXACT, SHOWN = 2.0, 3.0, 1e-3, 1.0
_STREAMS = {
    uid.JPEGBaseline8Bit: imagecodecs.jpeg8_decode,
    uid.JPEGExtended12Bit: imagecodecs.jpeg8_decode,
    uid.JPEGLossless: imagecodecs.ljpeg_decode,
    uid.JPEGLosslessSV1: imagecodecs.ljpeg_decode,
    uid.JPEGLSLossless: imagecodecs.jpegls_decode,
    uid.JPEGLSNearLossless: imagecodecs.jpegls_decode,
    uid.JPEG2000: imagecodecs.jpeg2k_decode,
    uid.JPEG2000Lossless: imagecodecs.jpeg2k_decode,
    uid.HTJ2K: imagecodecs.jpeg2k_decode,
    uid.HTJ2KLossless: imagecodecs.jpeg2k_decode,
    uid.HTJ2KLosslessRPCL: imagecodecs.jpeg2k_decode,
}
_LOSSLESS = {uid.JPEGLossless, uid.JPEGLosslessSV1, uid.JPEGLSLossless, uid.JPEG2000Lossless}


class NoOracleError(Exception):
    """No other decoder here reads the file, or not to the same meaning; the reason is said."""


def compare(path: Path) -> str:
    """What is wrong with the pixels of a file; empty when they equal another decoder's.

    Raises:
        IntakeError: it is refused, which is not compared.
        NoOracleError: there is nothing to compare with.
    """
    scan = open_scan(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, tolerance = _ORACLES[scan.kind](path, scan)
    if expected.shape != scan.pixels.shape:
        return f"shape {scan.pixels.shape}, expected {expected.shape}"
    expected = np.where(np.isfinite(expected), expected, np.nanmin(expected))
    off = float(np.abs(scan.pixels - expected.astype(np.float64)).max())
    wide = max(1.0, float(np.abs(expected).max()) * 1e-6)  # a float32 has seven digits
    return "" if off <= tolerance * wide else f"off by up to {off:g}"


def _dicom(path: Path, scan: Scan) -> tuple[np.ndarray, float]:
    header = pydicom.dcmread(path, force=True)
    syntax = getattr(header, "file_meta", {}).get("TransferSyntaxUID", uid.ImplicitVRLittleEndian)
    if "PixelData" not in header:
        raise NoOracleError("floats have no second reader here")
    if header.PhotometricInterpretation not in ("MONOCHROME1", "MONOCHROME2", "RGB"):
        raise NoOracleError("colour that is not stored as RGB: test_dicom compares by hand")
    if header.PhotometricInterpretation == "MONOCHROME1":
        raise NoOracleError("turned round, window and all: dcm2pnm compares what is shown")
    if "ModalityLUTSequence" in header or "PerFrameFunctionalGroupsSequence" in header:
        raise NoOracleError("tables and functional groups: test_dicom_display compares by hand")
    if "PixelPaddingValue" in header:
        raise NoOracleError("padding is given air's value on purpose")
    samples, precision = _samples(header, syntax, scan.frame)
    bits, high = min(header.BitsStored, precision), header.get("HighBit", header.BitsStored - 1)
    shift = high + 1 - header.BitsStored if precision > high >= header.BitsStored - 1 else 0
    signed = header.PixelRepresentation == 1 or samples.dtype.kind == "i"
    numbers = (samples.astype(np.int64) >> shift) & ((1 << bits) - 1)
    if signed:
        numbers -= (numbers >> (bits - 1)) << bits
    if numbers.ndim == 3:
        return numbers @ WEIGHTS, COLOUR if syntax.is_compressed else 0.01
    lossy = syntax.is_compressed and syntax not in _LOSSLESS and syntax != uid.RLELossless
    slope = float(header.get("RescaleSlope") or 1)
    intercept = float(header.get("RescaleIntercept") or 0)
    return numbers * slope + intercept, LOSSY * abs(slope) if lossy else EXACT


def _samples(header: pydicom.Dataset, syntax: uid.UID, frame: int) -> tuple[np.ndarray, int]:
    """Samples of a frame as they are stored, and the bits of each."""
    cell, colours = header.BitsAllocated, header.SamplesPerPixel
    shape = (header.Rows, header.Columns)
    frames = int(header.get("NumberOfFrames") or 1)
    if cell not in (1, 8, 16, 32):
        raise NoOracleError(f"cells of {cell} bits")
    if syntax == uid.RLELossless:
        encoded = get_frame(header.PixelData, frame, number_of_frames=frames)
        raw = imagecodecs.dicomrle_decode(encoded, dtype=f"<u{cell // 8}")
        found = np.frombuffer(raw, f"<u{cell // 8}") if isinstance(raw, bytes) else raw.ravel()
        return _shaped(found, shape, colours, planes=True), cell
    if syntax.is_encapsulated:
        if syntax not in _STREAMS:
            raise NoOracleError(f"no second decoder of {syntax.name}")
        encoded = get_frame(header.PixelData, frame, number_of_frames=frames)
        as_rgb = {"colorspace": "rgb", "outcolorspace": "rgb"}
        options = as_rgb if colours > 1 and syntax == uid.JPEGBaseline8Bit else {}
        found = np.asarray(_STREAMS[syntax](encoded, **options))
        return found, 8 * found.dtype.itemsize if colours > 1 else _precision(encoded, found)
    order = ">" if syntax == uid.ExplicitVRBigEndian else "<"
    area = shape[0] * shape[1] * colours
    if cell == 1:
        bits = np.unpackbits(np.frombuffer(header.PixelData, np.uint8), bitorder="little")
        return _shaped(bits[frame * area : (frame + 1) * area], shape, colours), 1
    data = np.frombuffer(header.PixelData, f"{order}u{cell // 8}", area, frame * area * cell // 8)
    planes = colours > 1 and header.PlanarConfiguration == 1
    return _shaped(data, shape, colours, planes=planes), cell


def _precision(stream: bytes, found: np.ndarray) -> int:
    """Bits of a sample, from the stream's own header where a byte or two do not say it."""
    marker = re.search(rb"\xff[\xc0-\xc3\xf7]..(.)", stream, re.DOTALL)
    size = re.search(rb"\xff\x4f\xff\x51.{38}(.)", stream, re.DOTALL)
    if size:
        return (size[1][0] & 0x7F) + 1
    return marker[1][0] if marker else 8 * found.dtype.itemsize


def _shaped(
    found: np.ndarray, shape: tuple[int, int], colours: int, *, planes: bool = False
) -> np.ndarray:
    if colours == 1:
        return found.reshape(shape)
    return found.reshape(colours, *shape).transpose(1, 2, 0) if planes else found.reshape(*shape, 3)


def _nifti(path: Path, scan: Scan) -> tuple[np.ndarray, float]:
    canonical = nibabel.as_closest_canonical(nibabel.load(path))
    image = np.asarray(canonical.dataobj)
    if not canonical.header["sform_code"] and not canonical.header["qform_code"]:
        raise NoOracleError("no orientation is stated: nibabel flips such a file, we do not")
    volumes = image.reshape(*(*image.shape, 1)[:3], -1)
    axes = [axis for axis in (0, 1) if volumes.shape[axis] < 16 <= volumes.shape[2]]
    along = axes[0] if axes else 2
    index, time = scan.frame % volumes.shape[along], scan.frame // volumes.shape[along]
    return volumes[..., time].take(index, axis=along).T[::-1], EXACT


def _tiff(path: Path, scan: Scan) -> tuple[np.ndarray, float]:
    with tifffile.TiffFile(path) as file:
        pages = [page for page in file.pages if not page.subfiletype & 5]
        page = pages[scan.frame]
        found, kind = page.asarray(), page.photometric
        if page.tags.get(274) is not None and page.tags[274].value != 1:
            raise NoOracleError("tifffile does not turn a page")
        if kind not in (0, 1, 2):
            raise NoOracleError("tifffile does not turn this colour to RGB")
        if kind == 2:
            found = found.transpose(1, 2, 0) if page.planarconfig == 2 else found
            most = 255 if found.dtype.kind == "u" else 1
            full = np.iinfo(found.dtype).max if found.dtype.kind == "u" else 1
            return found[..., :3] @ WEIGHTS * most / full, COLOUR
        if kind == 0:
            found = found.min() + found.max() - found if found.dtype.kind == "f" else ~found
        return found, EXACT


def _png(path: Path, scan: Scan) -> tuple[np.ndarray, float]:
    found = imagecodecs.png_decode(path.read_bytes())
    return _grey(found), EXACT if found.ndim == 2 else COLOUR


def _jpeg(path: Path, scan: Scan) -> tuple[np.ndarray, float]:
    if scan.warnings:
        raise NoOracleError("imagecodecs does not turn a photograph")
    return _grey(imagecodecs.jpeg8_decode(path.read_bytes())), COLOUR


def _bmp(path: Path, scan: Scan) -> tuple[np.ndarray, float]:
    return _grey(imagecodecs.bmp_decode(path.read_bytes())), COLOUR


def _grey(found: np.ndarray) -> np.ndarray:
    """Grey over black, in the picture's own units."""
    if found.ndim == 2:
        return found
    opacity = found[..., -1] / np.iinfo(found.dtype).max if found.shape[2] in (2, 4) else 1.0
    return (found[..., 0] if found.shape[2] == 2 else found[..., :3] @ WEIGHTS) * opacity


_ORACLES = {
    "dicom": _dicom,
    "nifti": _nifti,
    "tiff": _tiff,
    "png": _png,
    "jpeg": _jpeg,
    "bmp": _bmp,
}


def compare_shown(path: Path) -> str:
    """What is wrong with a DICOM picture as shown, against dcm2pnm; empty when it is the same.

    Raises:
        IntakeError, NoOracleError: as ``compare``.
    """
    tool = shutil.which("dcm2pnm")
    if tool is None:
        raise NoOracleError("dcm2pnm is not installed (apt-get install dcmtk)")
    scan = open_scan(path)
    if scan.kind != "dicom" or not scan.windows or scan.colourfulness:
        raise NoOracleError("no display of its own to compare")
    how = "+Wl" if scan.windows[0].function == "LUT" else "+Wi"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "shown.pgm"
        frame = ["+F", str(scan.frame + 1)]
        words = [tool, "--write-raw-pnm", "--no-overlays", "--grayscale", *frame, how, "1"]
        run = subprocess.run([*words, path, out], capture_output=True, timeout=60)
        if run.returncode or not out.exists():
            raise NoOracleError("dcm2pnm does not read it")
        expected = _pgm(out.read_bytes())
    shown = picture.display(replace(scan, aspect=1.0)).astype(float)
    if shown.shape != expected.shape:
        return f"shape {shown.shape}, expected {expected.shape}"
    off = float(np.abs(shown - expected).max())
    return "" if off <= SHOWN else f"shown off by up to {off:g}"


def _pgm(data: bytes) -> np.ndarray:
    """A binary PGM of 8 bits."""
    head = re.match(rb"P5\s+(?:#.*\s+)*(\d+)\s+(\d+)\s+255\s", data)
    if head is None:
        raise NoOracleError("dcm2pnm wrote colour")
    width, height = int(head[1]), int(head[2])
    return np.frombuffer(data, np.uint8, width * height, head.end()).reshape(height, width)


def found(path: Path) -> Iterator[tuple[str, str]]:
    """What each comparison of a file came to: its name, and "same" or a sentence."""
    for name, check in (("values", compare), ("shown", compare_shown)):
        try:
            yield name, check(path) or "same"
        except NoOracleError as reason:
            yield name, f"not compared: {reason}"
        except IntakeError as error:
            yield name, f"refused: {error.code}"
        except Exception as error:  # noqa: BLE001 - whatever another decoder makes of the file
            yield name, f"not compared: the other decoder raised {type(error).__name__}"


def is_wrong(outcome: str) -> bool:
    """Whether an outcome is a difference."""
    return not outcome.startswith(("same", "not compared", "refused"))


def main() -> int:
    """The command."""
    wrong = 0
    for path in sorted(Path(sys.argv[1]).rglob("*")):
        if path.is_file():
            for name, outcome in found(path):
                wrong += is_wrong(outcome)
                print(path.relative_to(sys.argv[1]), name, outcome, sep="\t")
    print(f"{wrong} differ")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
