"""Files named by their SHA-256: written whole or not at all, checked at every read."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from arncnn.errors import StoreError
from arncnn.files import make_private, sync, write_all_durably
from arncnn.store.seals import digest

_NAME = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """Content-addressed files in a folder, fanned out by the first two hex digits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Keep the bytes; give their SHA-256. They are on the disk when this returns.

        Raises:
            StoreError: the disk is full or cannot be written.
        """
        return self.put_all([data])[0]

    def put_all(self, several: Sequence[bytes]) -> list[str]:
        """Keep several files at once, which is much faster; see ``put``.

        Raises:
            StoreError: the disk is full or cannot be written.
        """
        named = {digest(data): data for data in several}
        try:
            missing = {
                self._path(name): data for name, data in named.items() if not self._holds(name)
            }
            for path in missing:
                make_private(path.parent)
            write_all_durably(missing)
        except OSError as error:
            raise StoreError(
                f"The pixels could not be stored ({error.strerror}). Free disk space or "
                "check the permissions of the ARNCNN_HOME folder."
            ) from error
        return [digest(data) for data in several]

    def _holds(self, name: str) -> bool:
        path = self._path(name)
        return path.is_file() and digest(path.read_bytes()) == name

    def get(self, name: str) -> bytes:
        """The bytes, proven to be those that were stored.

        Raises:
            StoreError: the file is missing or was altered.
        """
        try:
            data = self._path(name).read_bytes()
        except OSError as error:
            raise StoreError(
                "The stored pixels of this case are missing. Restore a backup or upload it again."
            ) from error
        if digest(data) != name:
            raise StoreError(
                "The stored pixels of this case were altered and are not shown. Restore a "
                "backup or upload it again."
            )
        return data

    def delete(self, name: str) -> None:
        """Remove a file; one that is gone already is no error."""
        self._path(name).unlink(missing_ok=True)

    def move(self, name: str, to: "Blobs", at: float) -> None:
        """Hand a file over to another folder on the same disk, dated ``at`` (Unix seconds).

        Raises:
            StoreError: it could not be moved.
        """
        source, target = self._path(name), to._path(name)
        try:
            make_private(target.parent)
            os.utime(source, (at, at))
            os.replace(source, target)
            sync(target.parent)
        except OSError as error:
            raise StoreError(f"A stored file could not be moved ({error.strerror}).") from error

    def dated(self, name: str) -> float:
        """When a file was written or moved here, Unix seconds."""
        return self._path(name).stat().st_mtime

    def names(self) -> Iterator[str]:
        """The SHA-256 of every file kept."""
        for path in sorted(self.folder.glob("??/*")):
            if _NAME.fullmatch(path.name):
                yield path.name

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise StoreError("A record names its pixels wrongly; run 'store verify'.")
        return self.folder / name[:2] / name
