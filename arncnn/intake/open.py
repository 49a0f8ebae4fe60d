"""One file, one scan: from disk, from memory, or out of a ZIP. All through the sandbox."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from arncnn.errors import IntakeError
from arncnn.intake import archive, limits, sandbox
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan
from arncnn.intake.source import chunks, opened


def open_scan(path: Path, *, frame: int | None = None) -> Scan:
    """The scan in a file, whatever its name says it is.

    Args:
        path: a PNG, JPEG, TIFF, BMP, DICOM or NIfTI file, or one of these in gzip.
        frame: frame, page or slice, from 0; None for the middle one.

    Raises:
        IntakeError: a typed reason and a sentence to act on (see ``reasons``).
    """
    with opened(Path(path)) as (file, size):
        return sandbox.shared().decode(chunks(file), size, frame)


def open_bytes(data: bytes, *, frame: int | None = None) -> Scan:
    """The scan in a file's bytes; see ``open_scan``."""
    return sandbox.shared().decode(_sliced(data), len(data), frame)


def open_entry(path: Path, entry: archive.Entry, *, frame: int | None = None) -> Scan:
    """The scan in one entry of a ZIP, as listed by ``archive.entries``; see ``open_scan``."""
    if entry.reason is not None:
        raise entry.reason
    try:
        return sandbox.shared().decode(archive.chunks(path, entry), entry.size, frame)
    except IntakeError as error:
        if error.code == "archive":
            raise refuse("archive_nested") from None
        raise


def identify_bytes(data: bytes) -> Mapping[str, str]:
    """What a DICOM file's patient, study and image are called: the values of ``allowed.IDENTITY``.

    For an answer to the archive that it is from; they are kept nowhere else but there.

    Raises:
        IntakeError: it is no DICOM file, or cannot be read.
    """
    return sandbox.shared().identify(_sliced(data), len(data))


def identify_file(path: Path) -> Mapping[str, str]:
    """The same of a file on the disk; see ``identify_bytes``."""
    with opened(Path(path)) as (file, size):
        return sandbox.shared().identify(chunks(file), size)


def _sliced(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    for start in range(0, len(view), limits.CHUNK):
        yield view[start : start + limits.CHUNK]
