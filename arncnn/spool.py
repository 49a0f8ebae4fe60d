"""Spool: uploads on disk, under random names, for as long as one session needs them.

Original names are kept beside, only to be shown; they never become part of a path.
"""

import secrets
import shutil
import tempfile
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from arncnn import config
from arncnn.errors import IntakeError
from arncnn.intake.limits import MAX_SESSION_BYTES, MAX_UPLOAD_BYTES, MIB

_FOLDER = "spool"
_STALE_S = 86_400.0  # what a crash left behind is removed after a day


@dataclass(frozen=True)
class Spooled:
    """One upload on disk.

    Attributes:
        path: random name inside the session's folder.
        name: what the person called it; for the screen only.
    """

    path: Path
    name: str


class Spool:
    """One session's uploads; its folder goes when the session's last reference goes."""

    def __init__(self) -> None:
        root = config.home() / _FOLDER
        root.mkdir(mode=0o700, exist_ok=True)
        _sweep(root)
        self.folder = Path(tempfile.mkdtemp(dir=root))
        self._bytes = 0
        self._remove = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def add(self, stream: BinaryIO, name: str, size: int) -> Spooled:
        """Copies an upload to disk.

        Args:
            stream: the bytes.
            name: the original file name.
            size: how many bytes there are.

        Raises:
            IntakeError: the upload or the session exceeds its quota.
        """
        if size > MAX_UPLOAD_BYTES:
            raise IntakeError(
                "too_large",
                f"The upload has {size // MIB} MB; at most {MAX_UPLOAD_BYTES // MIB} MB are taken "
                "at once. Upload it in parts.",
            )
        if self._bytes + size > MAX_SESSION_BYTES:
            raise IntakeError(
                "session_quota",
                f"This session has taken {MAX_SESSION_BYTES // MIB} MB of uploads, which is its "
                "limit. Reload the page to start a new session.",
            )
        path = self.folder / secrets.token_hex(8)
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        self._bytes += size
        return Spooled(path, name)

    def discard(self) -> None:
        """Removes every upload of the session now."""
        self._remove()


def _sweep(root: Path) -> None:
    before = time.time() - _STALE_S
    for folder in root.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
