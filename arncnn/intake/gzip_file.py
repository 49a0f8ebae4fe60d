"""One file packed with gzip (``.nii.gz``, ``.dcm.gz``), unpacked within the limit."""

import zlib
from io import BytesIO

from arncnn.intake import limits
from arncnn.intake.refusals import refuse

_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say: with a gzip header


def unpack(source: BytesIO) -> BytesIO:
    """The content of a gzip file; a second member behind the first is ignored.

    Raises:
        IntakeError: "inflates_too_far", "truncated" or "damaged".
    """
    inflater = zlib.decompressobj(_GZIP)
    out = BytesIO()
    source.seek(0)
    chunk = b""
    try:
        while not inflater.eof:
            packed = inflater.unconsumed_tail or source.read(limits.CHUNK)
            if not packed and len(chunk) < limits.CHUNK:  # a full chunk may have more behind
                raise refuse("truncated")
            chunk = inflater.decompress(packed, limits.CHUNK)
            out.write(chunk)
            if out.tell() > limits.MAX_INFLATED_BYTES:
                raise refuse("inflates_too_far", limit=limits.MAX_INFLATED_BYTES // limits.MIB)
    except zlib.error:
        raise refuse("damaged") from None
    out.seek(0)
    return out
