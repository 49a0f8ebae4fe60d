"""Sound files and ways to damage them, the same in every run of the same seed."""

import gzip
import io
import random
import struct
import zipfile
import zlib

import nibabel
import numpy as np
import tifffile
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.intake import made

# Numbers that readers trip over
_EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


_TIFFS = (b"II*\x00", b"MM\x00*")


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
    return {
        "png": png,
        "jpeg": jpeg,
        "dicom": dicom,
        "zip": [out.getvalue()],
        "tiff": _tiffs(grey, colour),
        "nifti": _niftis(),
        "enhanced": _enhanced(),
    }


def _tiffs(grey: np.ndarray, colour: np.ndarray) -> list[bytes]:
    deep = made.ramp(24, 32, 65535)
    kinds: list[tuple[np.ndarray, dict[str, object]]] = [
        (grey, {}),
        (deep, {"photometric": "miniswhite", "compression": "lzw", "predictor": 2}),
        (deep.astype(np.float32), {"compression": "deflate", "predictor": 3}),
        (deep.astype(np.int16), {"tile": (16, 16), "byteorder": ">"}),
        (deep // 16, {"bitspersample": 12}),
        (colour.transpose(2, 0, 1).astype(np.uint16), {"photometric": "rgb", "rowsperstrip": 5}),
    ]
    found = []
    for pixels, options in kinds:
        out = io.BytesIO()
        with tifffile.TiffWriter(out, byteorder=options.pop("byteorder", "<")) as file:  # type: ignore[arg-type]
            planes = "separate" if pixels.ndim == 3 else None
            usual = {"photometric": "minisblack", "metadata": None, "planarconfig": planes}
            file.write(pixels, extratags=[(274, 3, 1, 6, True)], **usual | options)
            file.write(grey[::2, ::2], subfiletype=1, metadata=None)
        found.append(out.getvalue())
    return found


def _niftis() -> list[bytes]:
    volume = made.ramp(20 * 18, 17).reshape(20, 18, 17).astype(np.int16)
    affine = np.array([[0, 0, 2, 1], [-1, 0.2, 0, 2], [0, 1, 0, 3], [0, 0, 0, 1]], float)
    plain = nibabel.Nifti1Image(volume, affine).to_bytes()
    return [
        plain,
        nibabel.Nifti2Image(np.stack([volume] * 3, axis=-1), affine).to_bytes(),
        nibabel.Nifti1Image(volume.astype(np.float64)[:, :1], np.eye(4)).to_bytes(),
        gzip.compress(plain[:9000]) + gzip.compress(plain[9000:]),
    ]


def _enhanced() -> list[bytes]:
    """A functional group a frame, with everything that is read of one, a table of grey too."""

    def group(intercept: int) -> Dataset:
        found, transform, voi, measures = Dataset(), Dataset(), Dataset(), Dataset()
        transform.RescaleSlope, transform.RescaleIntercept = "1", str(intercept)
        transform.RescaleType = "HU"
        voi.WindowCenter, voi.WindowWidth, voi.VOILUTFunction = "40", "400", "SIGMOID"
        measures.PixelSpacing = ["0.5", "0.75"]
        table = Dataset()
        table.add_new(0x00283002, "US", [64, 0, 16])
        table.add_new(0x00283006, "OW", np.arange(64, dtype="<u2").tobytes())
        voi.VOILUTSequence = Sequence([table])
        found.PixelValueTransformationSequence = Sequence([transform])
        found.FrameVOILUTSequence = Sequence([voi])
        found.PixelMeasuresSequence = Sequence([measures])
        return found

    frames = np.stack([made.ramp(24, 32)] * 2)
    groups = Sequence([group(-1000), group(-500)])
    table = Dataset()
    table.add_new(0x00283002, "US", [64, 0, 8])
    table.add_new(0x00283006, "OW", bytes(range(64)))
    return [
        made.dicom(frames, PerFrameFunctionalGroupsSequence=groups),
        made.dicom(frames, SharedFunctionalGroupsSequence=Sequence([group(-9)])),
        made.dicom(made.ramp(24, 32), Modality="DX", ModalityLUTSequence=Sequence([table])),
    ]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to six random damages to a file."""
    changed = bytearray(data)
    if data[:4] in _TIFFS and chance.random() < 0.7:
        _change_tag(changed, chance)
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


def _change_tag(tiff: bytearray, chance: random.Random) -> None:
    """Gives one entry of the first directory another tag, kind, number or value."""
    order = "<" if tiff[:2] == b"II" else ">"
    start = struct.unpack_from(order + "I", tiff, 4)[0]
    count = struct.unpack_from(order + "H", tiff, start)[0]
    entry = start + 2 + 12 * chance.randrange(max(1, count))
    at, form = chance.choice(((0, "H"), (2, "H"), (4, "I"), (8, "I"), (8, "H"), (8, "H")))
    value = chance.choice((*_EDGES, 3, 4, 5, 6, 12, 32773, 50000))
    if entry + 12 <= len(tiff):
        struct.pack_into(
            order + form, tiff, entry + at, value & ((1 << 8 * struct.calcsize(form)) - 1)
        )


def _mend_checksums(png: bytearray) -> None:
    at = 8
    while at + 12 <= len(png):
        length = struct.unpack_from(">I", png, at)[0]
        end = at + 8 + length
        if end + 4 > len(png):
            return
        struct.pack_into(">I", png, end, zlib.crc32(png[at + 4 : end]))
        at = end + 4
