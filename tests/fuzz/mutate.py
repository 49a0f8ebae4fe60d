"""Sound files and ways to damage them, the same in every run of the same seed."""

import io
import random
import struct
import zipfile
import zlib

import numpy as np
from pydicom import uid

from tests.intake import made

# Numbers that readers trip over
_EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


def seeds() -> dict[str, list[bytes]]:
    """Sound files by kind, small, so that a mutation hits something that matters."""
    grey = made.ramp(24, 32, 255).astype(np.uint8)
    colour = np.stack([grey, grey[::-1], grey[:, ::-1]], axis=-1)
    png = [made.picture(grey), made.picture(colour), made.picture(made.ramp(24, 32, 65535))]
    png.append(made.picture(colour, mode="P"))
    jpeg = [made.picture(grey, "JPEG"), made.picture(colour, "JPEG")]
    jpeg.append(made.picture(colour, "JPEG", progressive=True))
    dicom = [
        made.dicom(made.ramp(24, 32), RescaleSlope="1", RescaleIntercept="-1024"),
        made.written(made.dataset(made.ramp(24, 32)), implicit=True),
        made.written(made.dataset(made.ramp(24, 32)), big=True),
        made.dicom(colour, Modality="US"),
        made.dicom(np.stack([made.ramp(24, 32)] * 3)),
        made.deflated(made.body(made.dicom(made.ramp(24, 32)))),
        made.encapsulated(uid.JPEGBaseline8Bit, jpeg[0], Rows=24, Columns=32),
    ]
    for syntax in (uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless):
        compressed = made.dataset(made.ramp())  # JPEG 2000 halves five times: 32 pixels at least
        compressed.compress(syntax, generate_instance_uid=False)
        dicom.append(made.written(compressed))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.png", png[0])
        packed.writestr("b/c.dcm", dicom[0])
        packed.writestr("d.jpg", jpeg[0], compress_type=zipfile.ZIP_STORED)
    return {"png": png, "jpeg": jpeg, "dicom": dicom, "zip": [out.getvalue()]}


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to six random damages to a file."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        if not changed:
            break
        at = chance.randrange(len(changed))
        match chance.randrange(8):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at] = chance.randrange(256)
            case 2:
                size, order = chance.choice(((1, "B"), (2, "H"), (4, "I"))), chance.choice("<>")
                value = chance.choice(_EDGES) & ((1 << 8 * size[0]) - 1)
                changed[at : at + size[0]] = struct.pack(order + size[1], value)
            case 3:
                del changed[at:]
            case 4:
                del changed[at : at + chance.randrange(1, 64)]
            case 5:
                changed[at:at] = changed[at : at + chance.randrange(1, 64)]
            case 6:
                changed[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(16)))
            case 7:
                other = chance.randrange(len(changed))
                length = chance.randrange(1, 32)
                changed[at : at + length] = changed[other : other + length]
    if data[:4] == b"\x89PNG" and chance.random() < 0.5:
        _mend_checksums(changed)  # else Pillow stops at the first damaged chunk
    return bytes(changed)


def _mend_checksums(png: bytearray) -> None:
    at = 8
    while at + 12 <= len(png):
        length = struct.unpack_from(">I", png, at)[0]
        end = at + 8 + length
        if end + 4 > len(png):
            return
        struct.pack_into(">I", png, end, zlib.crc32(png[at + 4 : end]))
        at = end + 4
