"""Where images come from: a folder, a tar or a ZIP, read file by file and never unpacked to disk.

An archive is data from outside. Members are streamed one at a time, each bounded in
size; a member that is a link, a device, or names a place outside the archive ends the
reading. Nothing is written, so there is nothing to escape to.
"""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from arncnn.errors import DataError
from arncnn.intake import limits
from arncnn.labels import MOST_CLASSES

# Of pictures; a DICOM file often has no ending, so a file of another one is offered too
ENDINGS = frozenset({".jpeg", ".jpg", ".png", ".bmp", ".tif", ".tiff", ".dcm", ".nii", ".gz"})
_NOTES = frozenset({".txt", ".md", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".html"})
_NOTE_NAMES = frozenset({"readme", "license", "licence", "notice", "thumbs.db", "desktop.ini"})
MAXIMUM_FILE_BYTES = limits.MAX_FILE_BYTES  # one picture; Medical MNIST's are about 1 kB
MAXIMUM_FILES = 5_000_000
MAXIMUM_BYTES = 256 * 2**30  # of all files, whatever they are: a small archive can hold more

_READ_WHOLE = (
    tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)  # fmt: skip
_LONGEST_HEADER = 2**20  # bytes; tarfile reads a name or a note of an archive into memory at once
_TRUNCATED = (
    EOFError, OSError, ValueError, LookupError, RuntimeError, MemoryError, tarfile.TarError,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One file of a data set.

    Attributes:
        root: folders above the class folder, ``"MedNIST"`` or ``""``.
        path: ``<Class>/<file>``.
        data: the file's bytes.
    """

    root: str
    path: str
    data: bytes


def members(source: Path) -> Iterator[Member]:
    """The files below a folder or inside an archive, in the order they are stored.

    Notes and hidden files are passed over. Whether what is left is a picture, its bytes say.

    Raises:
        DataError: it is neither folder nor archive, is cut short, holds a link or an
            unsafe name, or does not have the layout ``<Class>/<file>``.
    """
    if source.is_dir():
        found = _from_folder(source)
    elif not source.is_file():
        raise DataError(
            f"There is no file or folder at {source}. Check ARNCNN_DATA or --from, or omit "
            "both to download Medical MNIST."
        )
    elif zipfile.is_zipfile(source):
        found = _from_zip(source)
    else:
        found = _from_tar(source)
    number, classes = 0, set[str]()
    for member in _read(source, found):
        number += 1
        classes.add(member.path.partition("/")[0])
        if number > MAXIMUM_FILES:
            raise DataError(f"The data set holds more than {MAXIMUM_FILES:,} images.")
        if len(classes) > MOST_CLASSES:
            raise DataError(
                f"The data set has more than {MOST_CLASSES:,} classes, which is more than a model "
                "can have here. Expected <Class>/<file>: one folder for each class, not for each "
                "patient or study."
            )
        yield member
    if number == 0:
        raise DataError(
            f"No images were found in {source.name}. "
            "Expected <Class>/<file> with JPEG, PNG, BMP, TIFF, DICOM or NIfTI files."
        )


def _read(source: Path, found: Iterator[tuple[PurePosixPath, bytes]]) -> Iterator[Member]:
    """The files one by one; whatever is wrong with the source ends in a sentence."""
    number = 0
    try:
        for name, data in found:
            number += 1
            yield _member(name, data)
    except _TRUNCATED as error:
        if isinstance(error, OSError) and error.strerror:  # the disk's word, not the content's
            raise DataError(f"{source.name} cannot be read ({error.strerror}).") from error
        raise DataError(
            f"{source.name} is not a whole tar or ZIP archive (reading stopped after "
            f"{number:,} images). Download or copy it again."
        ) from error


def _from_folder(folder: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    for path in sorted(folder.rglob("*")):
        name = PurePosixPath(path.relative_to(folder).as_posix())
        if not is_offered(name) or not path.is_file():
            continue
        if path.is_symlink():
            raise DataError("The folder holds a symbolic link among its images; use real files.")
        _check_size(path.stat().st_size)
        yield name, path.read_bytes()


def _from_tar(archive: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    read = 0
    with tarfile.open(archive, mode="r|*", tarinfo=_BoundedHeader) as stream:
        for info in stream:
            read += info.size
            _check_total(read)
            name = PurePosixPath(info.name)
            _check_name(name)
            if info.isdir():
                continue
            if not info.isreg():
                raise DataError("The archive holds a link or a device file, which is not read.")
            if not is_offered(name):
                continue
            _check_size(info.size)
            content = stream.extractfile(info)
            assert content is not None  # noqa: S101  a regular file always has content
            yield name, content.read()


def _from_zip(archive: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    read = 0
    with zipfile.ZipFile(archive) as stream:
        for info in stream.infolist():
            name = PurePosixPath(info.filename)
            _check_name(name)
            if info.is_dir() or not is_offered(name):
                continue
            _check_size(info.file_size)
            with stream.open(info) as content:
                data = content.read(MAXIMUM_FILE_BYTES + 1)  # the stated size may lie
            _check_size(len(data))
            read += len(data)
            _check_total(read)
            yield name, data


class _BoundedHeader(tarfile.TarInfo):
    """What precedes a file in a tar: its name and notes are no longer than names and notes are."""

    def _proc_member(self, stream: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _READ_WHOLE and self.size > _LONGEST_HEADER:
            raise tarfile.HeaderError("a header too long")
        member: tarfile.TarInfo = super()._proc_member(stream)  # type: ignore[misc]
        return member


def is_offered(name: PurePosixPath) -> bool:
    """Whether a file may be a picture of a class; outside class folders only endings say so."""
    if any(part.startswith((".", "__MACOSX")) for part in name.parts):
        return False
    if name.suffix.lower() in ENDINGS:
        return True
    is_note = name.suffix.lower() in _NOTES or name.name.lower() in _NOTE_NAMES
    return len(name.parts) > 1 and not is_note


def _check_name(name: PurePosixPath) -> None:
    if name.is_absolute() or ".." in name.parts or "\\" in str(name):
        raise DataError("The archive points outside itself; it is not safe to read.")


def _check_size(size: int) -> None:
    if size > MAXIMUM_FILE_BYTES:
        raise DataError(
            f"The data set holds a file of {size:,} bytes; "
            f"images of at most {MAXIMUM_FILE_BYTES:,} bytes are read."
        )


def _check_total(read: int) -> None:
    if read > MAXIMUM_BYTES:
        raise DataError(f"The data set holds more than {MAXIMUM_BYTES:,} bytes.")


def _member(name: PurePosixPath, data: bytes) -> Member:
    if len(name.parts) < 2:
        raise DataError(
            "An image lies outside any class folder. Expected <Class>/<file> for every image."
        )
    return Member("/".join(name.parts[:-2]), "/".join(name.parts[-2:]), data)
