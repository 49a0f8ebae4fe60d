"""Spool: what people gave, on disk under random names until it has been read.

An upload is a folder: its files, a list of them that is written last, and a journal with the
outcome of each file in it. So an upload that was accepted is found again after a refresh, a
crash or a restart, together with what was read of it before. Original names are kept to be
shown and never become part of a path. Files go as soon as the upload has been read; where
another frame of one may be asked for, when neither a session nor a case has it open any more,
and at every start; what was never read, after a day.

Several dashboards may serve one home. Each holds the lock of a file of its own as long as it
lives, so that a start tells what another one has open from what a killed one has left.
"""

import json
import os
import secrets
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from arncnn import config
from arncnn.errors import IntakeError
from arncnn.files import lock, sync, write_durably
from arncnn.intake.limits import MAX_SESSION_BYTES, MAX_UPLOAD_BYTES, MIB
from arncnn.uploads.upload import FOLDER, LIST, Upload, is_waiting, remove_left

_STALE_S = 86_400.0
_ALIVE = "alive"  # the folder of a file a dashboard


@dataclass(frozen=True)
class Given:
    """One file as it arrives.

    Attributes:
        stream: the bytes.
        name: what the person called it; for the screen only.
        size: how many bytes there are.
    """

    stream: BinaryIO
    name: str
    size: int


class Spool:
    """All uploads of a data folder. Safe for use by many threads."""

    def __init__(self) -> None:
        self._root = config.folder_at_home(FOLDER)
        self._lock = threading.Lock()
        self._open: weakref.WeakValueDictionary[Path, Upload] = weakref.WeakValueDictionary()
        self._name = secrets.token_hex(8)
        _sweep(self._root)
        alive = config.folder_at_home(_ALIVE)
        living = _living(alive)
        for folder in self._root.glob("*/*"):
            remove_left(folder, living)
        held = ExitStack()
        held.enter_context(lock(alive / self._name))
        weakref.finalize(self, _end, held, alive / self._name)

    def add(self, owner: str, given: Sequence[Given]) -> Upload:
        """Copies an upload to disk; it outlasts a crash from when this returns.

        Args:
            owner: whose it is; nobody else is offered it.
            given: the files.

        Raises:
            IntakeError: the upload is too large, or too much waits already.
        """
        size = sum(file.size for file in given)
        if size > MAX_UPLOAD_BYTES:
            raise IntakeError(
                "too_large",
                f"The upload has {size // MIB} MB; at most {MAX_UPLOAD_BYTES // MIB} MB can "
                "be uploaded at once. Upload it in parts.",
            )
        place = self._place(owner)
        with self._lock:
            _sweep(self._root)
            _make_room(place, size)
            folder = Path(tempfile.mkdtemp(dir=place))
            try:
                _copy(given, folder)
            except OSError as error:
                shutil.rmtree(folder, ignore_errors=True)
                raise IntakeError(
                    "spool",
                    f"The upload could not be kept ({error.strerror}), so nothing was "
                    "stored. Free some disk space and upload it again.",
                ) from error
        return self._opened(folder)

    def waiting(self, owner: str) -> Iterator[Upload]:
        """The owner's uploads with files that nobody has read yet, the newest first."""
        place = self._place(owner)
        left = [path.parent for path in place.glob(f"*/{LIST}") if is_waiting(path.parent)]
        for folder in sorted(left, key=_given_at, reverse=True):
            with suppress(FileNotFoundError):  # it has just been swept away
                yield self._opened(folder)

    def _place(self, owner: str) -> Path:
        place = self._root / sha256(owner.encode()).hexdigest()[:16]
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place

    def _opened(self, folder: Path) -> Upload:
        with self._lock:
            upload = self._open.get(folder)
            if upload is None:
                upload = self._open[folder] = Upload(folder, self._name)
            return upload


def _copy(given: Sequence[Given], folder: Path) -> None:
    listed = []
    for file in given:
        listed.append((secrets.token_hex(8), file.name))
        with (folder / listed[-1][0]).open("xb") as copy:
            shutil.copyfileobj(file.stream, copy, MIB)
            copy.flush()
            os.fsync(copy.fileno())
    write_durably(folder / LIST, json.dumps(listed).encode())
    sync(folder.parent)


def _make_room(place: Path, size: int) -> None:
    """Removes uploads that have been read, oldest first, until another ``size`` bytes fit."""
    folders = sorted(place.iterdir(), key=_given_at)
    sizes = {folder: _bytes(folder) for folder in folders}
    for folder in folders:
        if sum(sizes.values()) + size > MAX_SESSION_BYTES and not is_waiting(folder):
            shutil.rmtree(folder, ignore_errors=True)
            del sizes[folder]
    if (used := sum(sizes.values())) + size > MAX_SESSION_BYTES:
        raise IntakeError(
            "session_quota",
            f"{used // MIB} MB of your uploads are waiting to be read, and "
            f"{MAX_SESSION_BYTES // MIB} MB is the limit. Wait until they have been read, "
            "or cancel them on the worklist.",
        )


def _bytes(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except FileNotFoundError:  # its last holder has just let it go
        return 0


def _given_at(folder: Path) -> int:
    """When an upload was taken, in ns; 0 for one that has gone."""
    try:
        return (folder / LIST).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _living(alive: Path) -> frozenset[str]:
    """The dashboards of this home that have not ended, by their names."""
    found = set()
    for path in alive.iterdir():
        with lock(path) as is_mine:
            if is_mine is None:
                found.add(path.name)
            else:
                path.unlink(missing_ok=True)
    return frozenset(found)


def _end(held: ExitStack, path: Path) -> None:
    path.unlink(missing_ok=True)
    held.close()


def _sweep(root: Path) -> None:
    before = time.time() - _STALE_S
    for folder in root.glob("*/*"):
        if folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
