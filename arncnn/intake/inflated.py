"""One deflate stream (RFC 1951), inflated piece by piece within the limit and its own time."""

import zlib
from io import BytesIO

from arncnn.intake import budget, limits
from arncnn.intake.refusals import refuse


def inflate(source: BytesIO, packed: bytes, out: BytesIO, wbits: int) -> bytes:
    """Appends what one stream holds to ``out``.

    Args:
        source: stands behind ``packed``.
        packed: the stream's beginning, as far as it was read.
        out: gets the content; what it holds counts for the limit.
        wbits: as zlib has it: negative for a raw stream, 16 and more for gzip.

    Returns:
        What was read of the source behind the stream.

    Raises:
        IntakeError: "inflates_too_far", "truncated" or "damaged".
    """
    inflater, chunk = zlib.decompressobj(wbits), b""
    while not inflater.eof:
        if not packed and len(chunk) < limits.CHUNK:  # a full chunk may have more behind
            raise refuse("truncated")
        try:
            chunk = inflater.decompress(packed, limits.CHUNK)
        except zlib.error:
            raise refuse("damaged") from None
        out.write(chunk)
        if out.tell() > limits.MAX_INFLATED_BYTES:
            raise refuse("inflates_too_far", limit=limits.MAX_INFLATED_BYTES // limits.MIB)
        budget.allow(inflated=len(chunk))
        packed = inflater.unconsumed_tail or (b"" if inflater.eof else source.read(limits.CHUNK))
    return inflater.unused_data
