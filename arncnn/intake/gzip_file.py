"""One file packed with gzip (``.nii.gz``, ``.dcm.gz``), unpacked within the limit."""

import zlib
from io import BytesIO

from arncnn.intake import limits
from arncnn.intake.refusals import refuse

_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say: with a gzip header


def unpack(source: BytesIO) -> BytesIO:
    """The content of a gzip file, of all its members (RFC 1952): bgzip writes thousands.

    Raises:
        IntakeError: "inflates_too_far", "truncated" or "damaged".
    """
    out = BytesIO()
    source.seek(0)
    packed = source.read(limits.CHUNK)
    try:
        while packed[: len(_MAGIC)] == _MAGIC:  # what else stands behind a member is padding
            packed = _member(source, packed, out)
            packed += source.read(len(_MAGIC)) if len(packed) < len(_MAGIC) else b""
    except zlib.error:
        raise refuse("damaged") from None
    out.seek(0)
    return out


def _member(source: BytesIO, packed: bytes, out: BytesIO) -> bytes:
    """Unpacks one member; what was read of the source behind it."""
    inflater, chunk = zlib.decompressobj(_GZIP), b""
    while not inflater.eof:
        if not packed and len(chunk) < limits.CHUNK:  # a full chunk may have more behind
            raise refuse("truncated")
        chunk = inflater.decompress(packed, limits.CHUNK)
        out.write(chunk)
        if out.tell() > limits.MAX_INFLATED_BYTES:
            raise refuse("inflates_too_far", limit=limits.MAX_INFLATED_BYTES // limits.MIB)
        packed = inflater.unconsumed_tail or (b"" if inflater.eof else source.read(limits.CHUNK))
    return inflater.unused_data
