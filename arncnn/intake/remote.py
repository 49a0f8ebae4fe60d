"""Files at fsspec addresses (``s3://bucket/scans``): listed, and their bytes read as they come.

``s3://`` is spoken by pyarrow, which the dashboard needs anyway; other kinds by a package of their
own that fsspec names (gcsfs for ``gs://``). Keys, region and server (``AWS_ENDPOINT_URL``) are
found where these always find them, in the environment.
"""

import secrets
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from arncnn.errors import UsageError
from arncnn.intake import limits, sandbox
from arncnn.intake.delivery import faults, reason_of
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan
from arncnn.intake.source import chunks
from arncnn.intake.walk import Found, Item, is_clutter, natural

_S3 = "s3://"
_SILENT = (
    "The store at this address does not answer or denies access. Check the address, and the keys "
    "and the region in the environment."
)


def is_address(place: str) -> bool:
    """Whether a place is an address and not a path of this machine.

    >>> is_address("s3://bucket/scans"), is_address("/srv/scans")
    (True, False)
    """
    return "://" in place


def store_of(address: str) -> tuple[Any, str]:
    """The fsspec file system of an address, and the place in it.

    Raises:
        UsageError: no installed package speaks to this kind of address, or it does not answer.
    """
    try:
        return _connected(address)
    except faults() as error:
        raise UsageError(_SILENT) from error


def _connected(address: str) -> tuple[Any, str]:
    """The same; when the store does not answer, one of ``delivery.faults`` says so."""
    try:
        if address.startswith(_S3):
            place = address.removeprefix(_S3).strip("/")
            return _s3(place.split("/")[0]), place
        import fsspec

        files, place = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(
            "This kind of address needs the package fsspec and perhaps another one besides (gcsfs "
            "for gs://): install them here and on every node."
        ) from error
    return files, place


@cache
def _s3(bucket: str) -> Any:
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow.fs import FileSystem

    return ArrowFSWrapper(FileSystem.from_uri(f"{_S3}{bucket}")[0])


def walk(address: str) -> Iterator[str]:
    """The addresses of all files below one, in the order of ``intake.walk``; itself for a file.

    Raises:
        UsageError: see ``store_of``; or the store does not answer.
    """
    files, place = store_of(address)
    try:
        found = files.find(place)
    except faults() as error:
        raise UsageError(_SILENT) from error
    below = {name: name.removeprefix(place).strip("/").split("/") for name in found}
    seen = [name for name, parts in below.items() if not any(map(is_clutter, parts))]
    for name in sorted(seen, key=lambda name: [natural(part) for part in below[name]]):
        inner = "/".join(below[name])
        yield f"{address.rstrip('/')}/{inner}" if inner else address
    if not found:
        yield address  # opening it says what is wrong


def items(address: str, scratch: Path) -> Iterator[Item]:
    """The file at an address, or the files in a ZIP, which its name must say it is.

    Args:
        address: of one file.
        scratch: folder for ZIPs, which are brought here whole, while their items are in use.
    """
    if not address.lower().endswith(".zip"):
        yield Item(address, partial(_open, address))
        return
    here = _Brought(scratch / f"{secrets.token_hex(8)}.zip")
    reason = None
    try:
        with _opened(address, limits.MAX_ARCHIVE_BYTES) as (file, size), here.path.open("wb") as to:
            _bring(file, size, to, limits.MAX_ARCHIVE_BYTES)
    except faults() as error:
        reason = reason_of(error)
        here.path.unlink(missing_ok=True)  # the error's trace may keep it in use
    for item in Found(here.path, address, reason).items():
        yield replace(item, open=partial(here.used, item.open))


def look(address: str) -> None:
    """Ask a store for what it knows of a file; one of ``delivery.faults`` when it is not there."""
    files, place = _connected(address)
    files.invalidate_cache()
    files.info(place)


def _open(address: str, *, frame: int | None = None) -> Scan:
    most = limits.MAX_FILE_BYTES
    try:
        with _opened(address, most) as (file, size):
            if size is not None:
                return sandbox.shared().decode(chunks(file, size + 1), size, frame)
            with TemporaryFile() as here:
                size = _bring(file, None, here, most)
                here.seek(0)
                return sandbox.shared().decode(chunks(here), size, frame)
    except faults() as error:
        raise reason_of(error) from None


@contextmanager
def _opened(address: str, most: int) -> Iterator[tuple[BinaryIO, int | None]]:
    """A file, open for reading, and its size as stated, if it is; one too large is not opened."""
    files, place = _connected(address)
    about = files.info(place)
    if about.get("type") == "directory":
        raise refuse("not_a_file")
    size = about.get("size")
    if size is not None and size > most:
        raise refuse("too_large", size=-(-size // limits.MIB), limit=most // limits.MIB)
    with files.open(place, "rb", block_size=limits.CHUNK) as file:
        yield file, size


def _bring(file: BinaryIO, size: int | None, to: BinaryIO, most: int) -> int:
    """Copy a file; its bytes, which are as many as stated or, where that is unknown, not too many.

    No more than one byte beyond is asked for, however many come.
    """
    count = sum(map(to.write, chunks(file, (most if size is None else size) + 1)))
    if size is None and count > most:
        limit = most // limits.MIB
        raise refuse("too_large", size=f"more than {limit}", limit=limit)
    if size is not None and count != size:
        raise refuse("changed")
    return count


class _Brought:
    """A file on this disk for as long as something that was made with it is in use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        weakref.finalize(self, path.unlink, missing_ok=True)

    def used(self, opened: Callable[..., Scan], **frame: int | None) -> Scan:
        """What it gives while the file is there."""
        return opened(**frame)
