"""One file packed with gzip (``.nii.gz``, ``.dcm.gz``), unpacked within the limit."""

import zlib
from io import BytesIO

from arncnn.intake import limits
from arncnn.intake.inflated import inflate

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
    while packed[: len(_MAGIC)] == _MAGIC:  # what else stands behind a member is padding
        packed = inflate(source, packed, out, _GZIP)
        packed += source.read(len(_MAGIC)) if len(packed) < len(_MAGIC) else b""
    out.seek(0)
    return out
