"""Files at fsspec addresses (``s3://bucket/scans``): listed, and their bytes read as they come.

``s3://`` is spoken by pyarrow, which the dashboard needs anyway; other kinds by a package of their
own that fsspec names (gcsfs for ``gs://``). Keys, region and server (``AWS_ENDPOINT_URL``) are
found where these always find them, in the environment.
"""

from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

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
        scratch: folder for ZIPs, which are brought here whole; until all items are decoded.
    """
    if not address.lower().endswith(".zip"):
        yield Item(address, partial(_open, address))
        return
    here = scratch / f"{len(list(scratch.iterdir()))}.zip"
    reason = None
    try:
        files, place = _connected(address)
        _size(files, place, limits.MAX_ARCHIVE_BYTES)
        files.get_file(place, str(here))
    except faults() as error:
        reason = reason_of(error)
    yield from Found(here, address, reason).items()


def look(address: str) -> None:
    """Ask a store for what it knows of a file; one of ``delivery.faults`` when it is not there."""
    files, place = _connected(address)
    files.invalidate_cache()
    files.info(place)


def _open(address: str, *, frame: int | None = None) -> Scan:
    try:
        files, place = _connected(address)
        size = _size(files, place, limits.MAX_FILE_BYTES)
        with files.open(place, "rb", block_size=limits.CHUNK) as file:
            return sandbox.shared().decode(chunks(file), size, frame)
    except faults() as error:
        raise reason_of(error) from None


def _size(files: Any, place: str, most: int) -> int:
    """Bytes of a file that is not too large."""
    size = int(files.info(place)["size"])
    if size > most:
        raise refuse("too_large", size=-(-size // limits.MIB), limit=most // limits.MIB)
    return size
