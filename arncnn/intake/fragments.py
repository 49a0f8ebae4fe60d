"""The items of encapsulated pixel data (PS3.5 annex A.4), checked against the file's end."""

import struct
from io import BytesIO

from arncnn.intake import limits
from arncnn.intake.refusals import refuse

_ITEM = (0xFFFE, 0xE000)
_END = (0xFFFE, 0xE0DD)


def check(source: BytesIO, available: int) -> None:
    """Follows the items' lengths from here to their end; the source is left where it was.

    Data that just stops behind a whole item passes: some writers leave the end mark out.

    Args:
        source: positioned at the first item.
        available: bytes from there to the file's end.

    Raises:
        IntakeError: "truncated" for an item longer than the file, "damaged" for anything
            that is no item, "too_many_elements" for more items than a file may have.
    """
    start = source.tell()
    end = start + available
    items = 0
    while end - source.tell() >= 8:
        group, element, length = struct.unpack("<HHI", source.read(8))
        if (group, element) == _END:
            break
        if (group, element) != _ITEM:
            raise refuse("damaged")
        if length > end - source.tell():
            raise refuse("truncated")
        items += 1
        if items > limits.MAX_FRAGMENTS:
            raise refuse("too_many_elements", limit=limits.MAX_FRAGMENTS)
        source.seek(length, 1)
    source.seek(start)
