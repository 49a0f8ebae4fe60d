"""A ZIP, checked as a whole before any entry is touched, and read entry by entry.

Nothing is extracted: an entry's bytes are inflated in small chunks straight into the
sandbox, and its name never becomes a path. Python's zipfile reads the table of contents;
how large that is, and whether entries overlap (which zipfile accepts), is checked here.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from arncnn.errors import IntakeError
from arncnn.intake import limits
from arncnn.intake.delivery import is_passing, reason_of
from arncnn.intake.refusals import refuse
from arncnn.intake.source import opened

_END = struct.Struct("<4s4H2IH")  # end of central directory (APPNOTE 4.3.16)
_END_64 = struct.Struct("<4sQ2H2I4Q")  # its ZIP64 form (4.3.14)
_LOCATOR_64 = struct.Struct("<4sIQI")  # and what points there (4.3.15)
_LOCAL = struct.Struct("<4s5H3I2H")  # an entry's local header (4.3.7)
_LONGEST_COMMENT = 65535
_ENCRYPTED = 0x1 | 0x40  # general purpose flags: traditional and strong encryption
_MASKED = 0x2000  # names and sizes hidden
_UTF_8 = 0x800  # names are in it
_DOS_FOLDER = 0x10  # of the attributes
_UNICODE_PATH = 0x7075  # extra field of Info-ZIP
_ANSI_SYSTEMS = frozenset({3, 10, 11})  # Unix and Windows; of MS-DOS only by these versions
_ANSI_VERSIONS = frozenset({25, 26, 40})  # PKZIP for Windows


@dataclass(frozen=True)
class Entry:
    """One file of a ZIP.

    Attributes:
        name: as the ZIP has it, made printable; for showing, never a path.
        size: bytes after inflating, as stated and checked on reading.
        reason: why it is not read; None when it can be.
    """

    name: str
    size: int
    reason: IntakeError | None
    start: int
    packed: int
    method: int
    checksum: int


def entries(path: Path, most: limits.ArchiveLimits = limits.SCANS) -> list[Entry]:
    """The files of a ZIP in its own order, folders left out.

    Args:
        path: of the ZIP.
        most: what it may be.

    Raises:
        IntakeError: a reason to leave the whole ZIP alone: too large, too many entries,
            overlaps, damaged, empty.
    """
    with opened(path) as (file, size):
        if size > most.size:
            raise refuse("too_large", size=-(-size // limits.MIB), limit=most.size // limits.MIB)
        _check_directory(file, size, most)
        try:
            with zipfile.ZipFile(file) as archive:
                infos, directory = archive.infolist(), archive.start_dir
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
            raise refuse("archive_damaged") from None
        except OSError as error:
            reason = reason_of(error)
            raise (reason if is_passing(reason.code) else refuse("archive_damaged")) from None
        if not infos:
            raise refuse("archive_empty")
        if len(infos) > most.entries:
            raise refuse("archive_entries", limit=most.entries)
        if sum(info.file_size for info in infos) > most.total:
            raise refuse("archive_total", limit=most.total // limits.MIB)
        starts = _data_starts(file, infos, directory)
        return [
            _entry(info, start)
            for info, start in zip(infos, starts, strict=True)
            if not _is_folder(info)
        ]


def _check_directory(file: BinaryIO, size: int, most: limits.ArchiveLimits) -> None:
    """Sizes the table of contents before zipfile reads it whole."""
    tail_size = min(size, _LONGEST_COMMENT + _END.size + _LOCATOR_64.size)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or found + _END.size > len(tail):
        raise refuse("archive_damaged")
    _, disk, first_disk, _, count, length, _, _ = _END.unpack_from(tail, found)
    if disk or first_disk:
        raise refuse("archive_damaged")
    before = found - _LOCATOR_64.size
    if before >= 0 and tail[before : before + 4] == b"PK\x06\x07":
        _, _, offset, _ = _LOCATOR_64.unpack_from(tail, before)
        if offset + _END_64.size > size:
            raise refuse("archive_damaged")
        file.seek(offset)
        end = _END_64.unpack(file.read(_END_64.size))
        count, length = max(count % 0xFFFF, end[7]), max(length % 0xFFFFFFFF, end[8])
    if count > most.entries:
        raise refuse("archive_entries", limit=most.entries)
    if length > most.directory:
        raise refuse("archive_damaged")
    file.seek(0)


def _data_starts(file: BinaryIO, infos: list[zipfile.ZipInfo], directory: int) -> list[int]:
    """Where each entry's data starts; refuses a ZIP in which any two parts overlap."""
    starts: dict[int, int] = {}
    spans: list[tuple[int, int]] = []
    for info in infos:
        file.seek(info.header_offset) if info.header_offset >= 0 else None
        header = file.read(_LOCAL.size)
        if info.header_offset < 0 or len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
            raise refuse("archive_damaged")
        fields = _LOCAL.unpack(header)
        start = info.header_offset + _LOCAL.size + fields[9] + fields[10]
        starts[id(info)] = start
        spans.append((info.header_offset, start + info.compress_size))
    spans.sort()
    for (_, end), (following, _) in zip(spans, [*spans[1:], (directory, 0)], strict=True):
        if end > following:
            raise refuse("archive_overlap")
    return [starts[id(info)] for info in infos]


def _is_folder(info: zipfile.ZipInfo) -> bool:
    """Whether an entry is a folder: by its name's end, or empty and so marked, as Windows does."""
    is_marked = info.external_attr & _DOS_FOLDER or stat.S_ISDIR(info.external_attr >> 16)
    return _name(info).endswith("/") or bool(is_marked and not info.file_size)


def _name(info: zipfile.ZipInfo) -> str:
    """An entry's name with slashes between folders, in the letters it was written in.

    Only the newer archives say that they write UTF-8 (APPNOTE 4.4.4, 4.6.9). Of the others the
    bytes may show it, or that they are Shift-JIS; else the system that packed has its code page,
    as Info-ZIP's unzip takes it.
    """
    if info.flag_bits & _UTF_8 or info.orig_filename.isascii():
        return info.orig_filename.replace("\\", "/")
    raw = info.orig_filename.encode("cp437")  # as zipfile took them
    page = "cp437"
    if info.create_system in _ANSI_SYSTEMS or info.create_version in _ANSI_VERSIONS:
        page = "cp1252"
    name = _unicode_path(info.extra, raw) or _decoded(raw, "utf-8")
    japanese = _decoded(raw, "cp932")
    if not name and re.search(r"[\u3040-\u30ff\u4e00-\u9fff]{2}", japanese):
        name = japanese  # one such letter alone may be two of a western page
    return (name or _decoded(raw, page) or info.orig_filename).replace("\\", "/")


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """The name in UTF-8 that an extra field holds of this very name; empty without one."""
    while len(extra) >= 4:
        tag, length = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if tag == _UNICODE_PATH and field[:5] == struct.pack("<BI", 1, zlib.crc32(raw)):
            return _decoded(field[5:], "utf-8")
    return ""


def _entry(info: zipfile.ZipInfo, start: int) -> Entry:
    name = "".join(letter for letter in _name(info) if letter.isprintable())[:256]
    return Entry(
        name,
        info.file_size,
        _reason(info),
        start,
        info.compress_size,
        info.compress_type,
        info.CRC,
    )


def _reason(info: zipfile.ZipInfo) -> IntakeError | None:
    """Why one entry is not read, from what the table of contents says of it."""
    parts = _name(info).split("/")
    mode = info.external_attr >> 16
    if ".." in parts or not parts[0] or parts[0].endswith(":") or "\0" in info.orig_filename:
        return refuse("archive_path")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return refuse("archive_link")
    if info.flag_bits & (_ENCRYPTED | _MASKED):
        return refuse("archive_encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return refuse("archive_method")
    if info.file_size > limits.MAX_FILE_BYTES:
        return refuse(
            "too_large",
            size=-(-info.file_size // limits.MIB),
            limit=limits.MAX_FILE_BYTES // limits.MIB,
        )
    large = info.file_size > limits.RATIO_FREE_BYTES
    if large and info.file_size > limits.MAX_ARCHIVE_RATIO * max(1, info.compress_size):
        return refuse("archive_ratio", limit=limits.MAX_ARCHIVE_RATIO)
    return None


def chunks(path: Path, entry: Entry) -> Iterator[bytes]:
    """An entry's bytes, inflated; exactly ``entry.size`` of them with the stated checksum.

    Raises:
        IntakeError: "archive_length" where stated and found differ, "archive_damaged".
    """
    with opened(path) as (file, _):
        file.seek(entry.start)
        produced = checksum = 0
        for chunk in _inflated(file, entry):
            produced += len(chunk)
            if produced > entry.size:
                raise refuse("archive_length")
            checksum = zlib.crc32(chunk, checksum)
            yield chunk
        if produced != entry.size or checksum != entry.checksum:
            raise refuse("archive_length")


def _inflated(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    left = entry.packed
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method else None
    while left:
        try:
            packed = file.read(min(left, limits.CHUNK))
        except OSError as error:
            raise reason_of(error) from None
        if not packed:
            raise refuse("archive_damaged")
        left -= len(packed)
        if inflater is None:
            yield packed
            continue
        try:
            while True:
                chunk = inflater.decompress(packed, limits.CHUNK)
                if chunk:
                    yield chunk
                packed = inflater.unconsumed_tail
                if not packed and len(chunk) < limits.CHUNK:  # a full chunk may have more behind
                    break
        except zlib.error:
            raise refuse("archive_damaged") from None
