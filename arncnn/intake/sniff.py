"""What a file is, found from its bytes. Its name is never asked.

DICOM is looked for first: its 128-byte preamble may legally hold the start of a
TIFF (PS3.10 section 7.1), and a file that is two things at once is read as DICOM with
the preamble blanked.
"""

import struct

HEAD = 512  # bytes that decide; NIfTI's magic is the furthest, at 344

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "BigTIFF"),
    (b"MM\x00+", "BigTIFF"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "PDF"),
    (b"GIF8", "GIF"),
    (b"NRRD", "NRRD"),
    (b"\x89HDF", "HDF5"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "RAR"),
    (b"\xfd7zXZ\x00", "XZ"),
    (b"BZh", "bzip2"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"MZ", "Windows program"),
    (b"\x7fELF", "program"),
    (b"<!DOCTYPE", "web page"),
    (b"<html", "web page"),
    (b"<?xml", "XML"),
    (b"<svg", "SVG"),
    (b"ID3", "audio"),
)

READABLE = frozenset({"png", "jpeg", "tiff", "bmp", "dicom", "nifti"})
NIFTI_2_BYTES = 540  # of its header, which starts with that number
_NIFTI_2 = b"n+2\x00\r\n\x1a\n"
CONTAINERS = frozenset({"zip", "gzip"})

_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})  # sizes of the known DIB headers
_VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN "
    b"UR US UT UV".split()
)
_PREAMBLE = 128


def has_preamble(head: bytes) -> bool:
    """Whether the four letters DICM stand after a preamble (PS3.10 section 7.1)."""
    return head[_PREAMBLE : _PREAMBLE + 4] == b"DICM"


def _is_nifti(head: bytes) -> bool:
    for order in "<>":
        size = struct.unpack(order + "i", head[:4])[0] if len(head) >= 348 else 0
        if size == 348 and head[344:348] in (b"n+1\x00", b"ni1\x00"):
            return True
        if size == NIFTI_2_BYTES and head[4:12] in (_NIFTI_2, _NIFTI_2.replace(b"+", b"i")):
            return True
    return False


def _is_bare_dicom(head: bytes) -> bool:
    """Whether a data set starts without preamble, in any of the four plain encodings."""
    if len(head) < 8:
        return False
    for order in "<>":
        group, element = struct.unpack(order + "HH", head[:4])
        if group not in (0x0002, 0x0008) or element > 0x0070:
            continue
        if head[4:6] in _VRS:
            return True
        # Implicit VR: a length; the first elements of these groups are short, even lengths.
        length = struct.unpack(order + "I", head[4:8])[0]
        if length <= 256 and length % 2 == 0:
            return True
    return False


def kind(head: bytes) -> str:
    """The kind of a file from its first ``HEAD`` bytes.

    Args:
        head: the first bytes, as many as there are up to ``HEAD``.

    Returns:
        One of ``READABLE`` or ``CONTAINERS``; the plain name of a known kind that is
        not read (``"PDF"``, ``"HEIC"``); ``"empty"`` or ``"unknown"``.

    >>> kind(b"II*" + bytes(125) + b"DICM")
    'dicom'
    >>> kind(b"%PDF-1.7")
    'PDF'
    """
    if not head:
        return "empty"
    if has_preamble(head):
        return "dicom"
    if _is_nifti(head):
        return "nifti"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:2] == b"BM" and len(head) >= 18 and head[14] in _BMP_HEADERS:
        return "bmp"
    if head[:4] == b"RIFF":
        return "WebP" if head[8:12] == b"WEBP" else "video or audio"
    if head[4:8] == b"ftyp":
        return "HEIC" if head[8:12] in (b"heic", b"heix", b"mif1", b"heim") else "video"
    if head[257:262] == b"ustar":
        return "TAR"
    if _is_bare_dicom(head):
        return "dicom"
    return "unknown"
