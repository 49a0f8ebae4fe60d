"""What a PDF of the project holds: its streams, its words, its pages."""

import base64
import re
import zlib

_STREAM = re.compile(rb"<<([^>]*(?:<<[^>]*>>)?[^>]*)>>\s*stream\r?\n(.*?)endstream", re.DOTALL)


def streams(pdf: bytes) -> list[tuple[bytes, bytes]]:
    """Every stream's dictionary and its content, unpacked."""
    found = []
    for head, packed in _STREAM.findall(pdf):
        data = packed.strip()
        if b"ASCII85Decode" in head:
            data = base64.a85decode(b"<~" + data.removeprefix(b"<~"), adobe=True)
        if b"FlateDecode" in head:
            data = zlib.decompress(data)
        found.append((head, data))
    return found


def text(pdf: bytes) -> str:
    """The words of all pages, as they are drawn."""
    drawn = b"".join(data for head, data in streams(pdf) if b"/Image" not in head)
    parts = re.findall(rb"\((.*?)(?<!\\)\) Tj", drawn)
    octal = re.compile(rb"\\([0-7]{3}|.)")

    def plain(found: re.Match[bytes]) -> bytes:
        sign = found[1]
        return bytes([int(sign, 8)]) if len(sign) == 3 else sign

    return " ".join(octal.sub(plain, part).decode("cp1252") for part in parts)


def pages(pdf: bytes) -> int:
    """How many pages it has."""
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))
