"""The size a compressed picture states inside its own stream: JPEG, JPEG-LS, JPEG 2000.

A frame whose stream is larger than its DICOM header says is a bomb or a mistake; either
way it is found here, before a decoder allocates.
"""

import struct
from dataclasses import dataclass

# Start-of-frame markers (ITU-T T.81 table B.1; T.87: F7 for JPEG-LS)
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_ALONE = frozenset({0x01, *range(0xD0, 0xDA)})  # markers without a length


@dataclass(frozen=True)
class StreamSize:
    """Columns, rows, components, bits and sign of one compressed frame."""

    width: int
    height: int
    components: int
    bits: int
    is_signed: bool = False  # only JPEG 2000 says so


def jpeg_size(stream: bytes) -> StreamSize | None:
    """What the frame header of a JPEG or JPEG-LS stream states; None without one."""
    position = 2
    if stream[:2] != b"\xff\xd8":
        return None
    while position + 4 <= len(stream):
        if stream[position] != 0xFF:
            return None
        marker = stream[position + 1]
        if marker == 0xFF or marker in _ALONE:  # fill byte or lone marker
            position += 1 if marker == 0xFF else 2
            continue
        length = struct.unpack_from(">H", stream, position + 2)[0]
        if marker in _FRAME_MARKERS:
            if position + 10 > len(stream):
                return None
            bits, height, width, components = struct.unpack_from(">BHHB", stream, position + 4)
            return StreamSize(width, height, components, bits)
        if marker == 0xDA:  # the picture's data: no frame header came before it
            return None
        position += 2 + length
    return None


def jpeg_2000_size(stream: bytes) -> StreamSize | None:
    """What the SIZ segment of a JPEG 2000 codestream states (ITU-T T.800 A.5.1)."""
    start = stream[:4096].find(b"\xff\x4f\xff\x51")  # behind the boxes of a JP2 file, if any
    if start < 0 or start + 43 > len(stream):
        return None
    right, bottom, left, top = struct.unpack_from(">IIII", stream, start + 8)
    components, bits = struct.unpack_from(">HB", stream, start + 40)
    return StreamSize(right - left, bottom - top, components, (bits & 0x7F) + 1, bits > 0x7F)
