"""The DICOM file around the data set: preamble, file meta, deflation, and reading safely.

PS3.10 section 7. pydicom inflates a deflated data set without bound, so it is
inflated here, within the limit, before pydicom sees it.
"""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

from pydicom import uid
from pydicom.dataset import FileDataset
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag

from arncnn.intake import limits, sniff
from arncnn.intake.inflated import inflate
from arncnn.intake.refusals import refuse

_PREAMBLE = 128
_LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN"}) | {
    b"UR",
    b"UT",
    b"UV",
}
_LONG_VR_NAMES = frozenset(vr.decode() for vr in _LONG_VRS)
_TRANSFER_SYNTAX = 0x0010  # element of group 0002
_DEFLATED = str(uid.DeflatedExplicitVRLittleEndian).encode()
_PLAIN = str(uid.ExplicitVRLittleEndian).encode()
_UNDEFINED = 0xFFFFFFFF
PIXEL_TAGS = {
    0x7FE00008: "FloatPixelData",
    0x7FE00009: "DoubleFloatPixelData",
    0x7FE00010: "PixelData",
}


@dataclass(frozen=True)
class DicomFile:
    """A data set read up to its pixels.

    Attributes:
        dataset: all elements before the pixel data.
        source: the file's bytes, positioned at the first byte of the pixel data's value.
        pixel_keyword: which of the three pixel elements there is; None without pixels.
        pixel_vr: its VR; "OW" where implicit.
        pixel_length: its stated length in bytes; None when undefined (encapsulated).
        available: bytes there really are from the pixel data's value to the end.
    """

    dataset: FileDataset
    source: BytesIO
    pixel_keyword: str | None
    pixel_vr: str
    pixel_length: int | None
    available: int


def _meta(view: memoryview, start: int) -> tuple[int, tuple[int, int] | None]:
    """Where the file meta ends, and where the transfer syntax's value lies (start, end)."""
    position, syntax = start, None
    while position + 8 <= len(view):
        group, element = struct.unpack_from("<HH", view, position)
        if group != 0x0002:
            break
        vr = bytes(view[position + 4 : position + 6])
        if vr in _LONG_VRS:
            if position + 12 > len(view):
                raise refuse("truncated")
            length = struct.unpack_from("<I", view, position + 8)[0]
            value = position + 12
        else:
            length = struct.unpack_from("<H", view, position + 6)[0]
            value = position + 8
        if value + length > len(view):
            raise refuse("truncated")
        if element == _TRANSFER_SYNTAX:
            syntax = value, value + length
        position = value + length
    return position, syntax


def _plain(source: BytesIO, end: int, syntax: tuple[int, int]) -> BytesIO:
    """The same file with its data set inflated and its transfer syntax saying so."""
    out = BytesIO()
    source.seek(0)
    out.write(source.read(syntax[0]))
    out.write(_PLAIN.ljust(syntax[1] - syntax[0], b"\0"))  # UIDs are padded with NUL
    source.seek(syntax[1])
    out.write(source.read(end - syntax[1]))
    inflate(source, source.read(limits.CHUNK), out, -zlib.MAX_WBITS)  # PS3.5 A.5: raw deflate
    return out


def _prepared(source: BytesIO) -> BytesIO:
    """The file with its preamble blanked and its data set inflated where deflated."""
    view = source.getbuffer()
    try:
        start = 0
        if sniff.has_preamble(bytes(view[: sniff.HEAD])):
            view[:_PREAMBLE] = bytes(_PREAMBLE)  # may hold another file, even a program
            start = _PREAMBLE + 4
        end, syntax = _meta(view, start)
        is_deflated = syntax and bytes(view[slice(*syntax)]).rstrip(b"\0 ") == _DEFLATED
    finally:
        view.release()
    return _plain(source, end, syntax) if syntax and is_deflated else source


def read(source: BytesIO) -> DicomFile:
    """Reads a DICOM file up to its pixel data.

    Raises:
        IntakeError: "truncated", "inflates_too_far", "too_many_elements", "damaged".
    """
    source = _prepared(source)
    total = source.getbuffer().nbytes
    source.seek(0)
    seen = 0
    found: list[tuple[str, str | None, int]] = []

    def stop(tag: BaseTag, vr: str | None, length: int) -> bool:
        nonlocal seen
        seen += 1
        if seen > limits.MAX_ELEMENTS:
            raise refuse("too_many_elements", limit=limits.MAX_ELEMENTS)
        if tag in PIXEL_TAGS:
            found.append((PIXEL_TAGS[tag], vr, length))
            return True
        if length != _UNDEFINED and source.tell() + length > total:
            raise refuse("truncated")
        return False

    dataset = read_partial(source, stop_when=stop, force=True)
    if not found:
        return DicomFile(dataset, source, None, "", None, 0)
    keyword, vr, length = found[0]
    # The source stands at the element's tag: 8 bytes on where implicit, 12 with a long VR.
    # What the file says of its VRs may be wrong; what was found at this element is not.
    source.seek(source.tell() + (12 if vr in _LONG_VR_NAMES else 8))
    available = total - source.tell()
    stated = None if length == _UNDEFINED else length
    return DicomFile(dataset, source, keyword, vr or "OW", stated, available)
