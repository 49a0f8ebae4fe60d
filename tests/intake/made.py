"""Files made for the tests, as bytes: DICOM by pydicom, pictures by Pillow, traps by hand."""

import struct
import zlib
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmwrite, uid
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate


def ramp(height: int = 32, width: int = 48, high: int = 4000) -> NDArray[np.uint16]:
    """A picture in which every value differs from its neighbours."""
    return np.linspace(0, high, height * width).astype(np.uint16).reshape(height, width)


def dataset(stored: NDArray[np.generic], **elements: object) -> FileDataset:
    """A CT-like data set around stored values (frames x) rows x columns (x samples of RGB)."""
    colour = stored.ndim >= 3 and stored.shape[-1] == 3
    rows, columns = stored.shape[-3:-1] if colour else stored.shape[-2:]
    bits = stored.dtype.itemsize * 8
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = uid.CTImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    made = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    made.SOPClassUID, made.SOPInstanceUID = uid.CTImageStorage, "1.2.3"
    made.SeriesInstanceUID = "1.2.3.4"
    made.Modality = "CT"
    made.Rows, made.Columns = rows, columns
    made.SamplesPerPixel = 3 if colour else 1
    made.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        made.PlanarConfiguration = 0
    made.BitsAllocated = made.BitsStored = bits
    made.HighBit = bits - 1
    made.PixelRepresentation = int(stored.dtype.kind == "i")
    frames = stored.size // (rows * columns * made.SamplesPerPixel)
    if frames > 1:
        made.NumberOfFrames = frames
    data = stored.astype(stored.dtype.newbyteorder("<")).tobytes()
    made.add_new(0x7FE00010, "OW", data + b"\0" * (len(data) % 2))
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def written(made: Dataset, *, implicit: bool = False, big: bool = False) -> bytes:
    """The data set as a file with preamble."""
    if implicit:
        made.file_meta.TransferSyntaxUID = uid.ImplicitVRLittleEndian
    if big:
        made.file_meta.TransferSyntaxUID = uid.ExplicitVRBigEndian
        swapped = np.frombuffer(made.PixelData, "<u2").astype(">u2")
        made.PixelData = swapped.tobytes()
    out = BytesIO()
    dcmwrite(out, made, enforce_file_format=True, implicit_vr=implicit, little_endian=not big)
    return out.getvalue()


def dicom(stored: NDArray[np.generic] | None = None, **elements: object) -> bytes:
    """A plain DICOM file."""
    return written(dataset(ramp() if stored is None else stored, **elements))


def encapsulated(syntax: str, *frames: bytes, **elements: object) -> bytes:
    """A DICOM file whose frames are the given streams; 32 x 48, 8 bits unless said otherwise."""
    made = dataset(np.zeros((32, 48), np.uint8), **elements)
    made.file_meta.TransferSyntaxUID = syntax
    made.PixelData = encapsulate(list(frames))
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = True
    return written(made)


def deflated(body: bytes) -> bytes:
    """A DICOM file whose data set is ``body``, deflated raw."""
    plain = dicom()
    start = plain.index(b"\x08\x00\x16\x00")  # SOPClassUID, the first element after the meta
    head = bytearray(plain[:start])
    old = str(uid.ExplicitVRLittleEndian).encode() + b"\0"
    new = str(uid.DeflatedExplicitVRLittleEndian).encode()
    at = head.index(b"\x02\x00\x10\x00UI")
    head[at : at + 8 + len(old)] = b"\x02\x00\x10\x00UI" + struct.pack("<H", len(new)) + new
    grown = len(new) - len(old)
    length_at = head.index(b"\x02\x00\x00\x00UL") + 8
    length = struct.unpack_from("<I", head, length_at)[0]
    struct.pack_into("<I", head, length_at, length + grown)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return bytes(head) + packer.compress(body) + packer.flush()


def body(file: bytes) -> bytes:
    """A DICOM file's data set without preamble and meta."""
    return file[file.index(b"\x08\x00\x16\x00") :]


def element(group: int, number: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    """An explicit little-endian element; ``length`` may lie."""
    stated = len(value) if length is None else length
    head = struct.pack("<HH2s", group, number, vr)
    if vr in (b"OB", b"OW", b"SQ", b"UN", b"UT"):
        return head + struct.pack("<HI", 0, stated) + value
    return head + struct.pack("<H", stated) + value


def picture(
    pixels: NDArray[np.generic], kind: str = "PNG", mode: str | None = None, **options: object
) -> bytes:
    """Pixels as a picture file."""
    out = BytesIO()
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(out, kind, **options)
    return out.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    """One PNG chunk with a right checksum."""
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def png_claiming(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG whose header states a size that its data need not have."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(data))
        + png_chunk(b"IEND", b"")
    )
