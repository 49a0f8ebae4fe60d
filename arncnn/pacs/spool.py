"""Spool: what came from archives, and answers on their way, as files for their owner alone.

An object's file is flushed to the disk before the sender is told that it is stored, and goes once
the inbox says what became of it. An answer's body lies under its hash until it is sent.
"""

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from arncnn import config
from arncnn.errors import StoreError
from arncnn.files import write_all_durably, write_durably
from arncnn.intake.limits import MIB
from arncnn.pacs import settings

_NAME = re.compile(r"[0-9a-f]{32}\Z")
_LEFT_FREE = 256 * MIB  # of the disk, for the store itself
_COUNT_EVERY_S = 1.0


class SpoolFullError(StoreError):
    """There is no room for what came; its sender keeps it and tries again."""


@dataclass(frozen=True)
class Spooled:
    """A file in the spool: its name, whose it is, when it came (Unix seconds), where it lies."""

    id: str
    source_id: str
    arrived_at: float
    path: Path


class Spool:
    """The folders of the spool and the outbox. Safe for use by many threads and processes."""

    def __init__(self) -> None:
        base = config.folder_at_home("pacs")
        self.root = base / "spool"
        self.outbox = base / "outbox"
        for folder in (self.root, self.outbox):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._counted_at, self._bytes = 0.0, 0

    def add(self, source_id: str, data: bytes) -> str:
        """Keeps an object; it is on the disk when this returns.

        Raises:
            SpoolFullError: there is no room for it; nothing of it was kept.
        """
        self._make_sure_it_fits(len(data))
        name = f"{time.time_ns():016x}{secrets.token_hex(8)}"
        folder = self.root / source_id
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            write_durably(folder / name, data)
        except OSError as error:
            raise SpoolFullError("The spool's disk is full.") from error
        self._bytes += len(data)
        return name

    def _make_sure_it_fits(self, size: int) -> None:
        now = time.monotonic()
        if now >= self._counted_at + _COUNT_EVERY_S:
            self._bytes = sum(_size(path) for path in self.root.glob("*/*"))
            self._counted_at = now
        if self._bytes + size > settings.spool_bytes():
            raise SpoolFullError("The spool is full: earlier objects have to be read first.")
        if shutil.disk_usage(self.root).free < size + _LEFT_FREE:
            raise SpoolFullError("The disk is full.")

    def waiting(self, limit: int) -> list[Spooled]:
        """Files in the order they came, the oldest first."""
        found = [
            (entry.name, folder.name)
            for folder in os.scandir(self.root)
            if folder.is_dir()
            for entry in os.scandir(folder.path)
            if _NAME.match(entry.name)
        ]
        return [
            Spooled(name, source_id, int(name[:16], 16) / 1e9, self.root / source_id / name)
            for name, source_id in sorted(found)[:limit]
        ]

    def path(self, source_id: str, name: str) -> Path:
        """Where an object lies."""
        return self.root / source_id / name

    def remove(self, source_id: str, name: str) -> None:
        """Removes an object whose row says what became of it."""
        self.path(source_id, name).unlink(missing_ok=True)

    def put_answers(self, bodies: Sequence[bytes]) -> list[str]:
        """Keeps answers' bodies, on the disk when this returns; the name of each.

        Raises:
            StoreError: the disk takes no more.
        """
        names = [body_name(body) for body in bodies]
        missing = {
            path: body
            for name, body in zip(names, bodies, strict=True)
            if not (path := self.outbox / name).exists()
        }
        try:
            write_all_durably(missing)
        except OSError as error:
            raise SpoolFullError("The outbox's disk took no more.") from error
        return names

    def answer(self, name: str) -> bytes | None:
        """An answer's body, or None where it is gone or was altered."""
        try:
            body = (self.outbox / name).read_bytes()
        except OSError:
            return None
        return body if body_name(body) == name else None

    def remove_answer(self, name: str) -> None:
        """Removes the body of an answer that is sent."""
        (self.outbox / name).unlink(missing_ok=True)

    def sweep(self, named: Collection[str]) -> None:
        """Removes what killed writers left; called while nobody writes.

        Args:
            named: bodies that answers still need.
        """
        for path in self._left():
            path.unlink(missing_ok=True)
        for path in self.outbox.iterdir():
            if path.name not in named:
                path.unlink(missing_ok=True)

    def _left(self) -> Iterator[Path]:
        return (path for path in self.root.glob("*/.*") if path.is_file())


def body_name(body: bytes) -> str:
    """What an answer's body is kept under: its SHA-256."""
    return hashlib.sha256(body).hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
