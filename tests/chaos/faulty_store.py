"""faulty://: files of this machine whose bytes do not come at first, as from a busy object store.

A file's name says how often in a row it fails, in whatever process: ``12.jpg`` never, a multiple of
29 as often as a reading bears, a multiple of 101 until ``mend`` is called. Beside each that failed,
a hidden file counts. fsspec finds this by the entry point that ``install`` writes into a folder,
which ``PYTHONPATH`` names then; so it is there in Ray's workers, too.
"""

import os
from pathlib import Path
from typing import Any

from fsspec.implementations.local import LocalFileOpener, LocalFileSystem

from arncnn.intake import delivery

PROTOCOL = "faulty"
_BORNE, _TOO_OFTEN = 2, 1000  # a run tries four times, and kills have it begin anew
_FAULTS = (
    TimeoutError("timed out"),
    ConnectionResetError(104, "Connection reset by peer"),
    OSError("When reading 'scans': AWS Error SLOW_DOWN during GetObject operation"),
)


def times(name: str) -> int:
    """How often the file of this name fails."""
    stem = Path(name).stem
    number = int(stem) if stem.isdecimal() else 0
    if number and number % 101 == 0:
        return _TOO_OFTEN
    return _BORNE if number and number % 29 == 0 else 0


def mend(folder: Path) -> None:
    """From now on, what has failed below a folder comes."""
    for counts in folder.rglob(".*.faults"):
        counts.write_bytes(b"x" * _TOO_OFTEN)


def install(folder: Path) -> Path:
    """A folder for ``PYTHONPATH`` that tells fsspec of this store."""
    about = folder / "faulty_store-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty-store\nVersion: 1\n")
    entry = f"[fsspec.specs]\n{PROTOCOL} = {__name__}:HastyFileSystem\n"
    (about / "entry_points.txt").write_text(entry)
    return folder


class FaultyFile(LocalFileOpener):
    """A file that breaks off after its first bytes."""

    def read(self, length: int = -1) -> bytes:
        """The first time one byte, then a fault."""
        if self.f.tell():
            raise _FAULTS[0]
        return bytes(super().read(1))


class FaultyFileSystem(LocalFileSystem):
    """The store."""

    protocol = PROTOCOL

    @classmethod
    def _strip_protocol(cls, path: Any) -> str:
        return str(super()._strip_protocol(str(path).removeprefix(f"{PROTOCOL}://")))

    def _open(self, path: str, mode: str = "rb", **more: Any) -> Any:
        if "r" in mode and (failed := _failed_once_more(path)):
            if failed % 2:
                raise _FAULTS[failed // 2 % len(_FAULTS)]
            return FaultyFile(path, mode, fs=self, **more)
        return super()._open(path, mode, **more)


class HastyFileSystem(FaultyFileSystem):
    """The same in a process of its own, which tries as often, and waits a tenth as long."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Shorten the pauses of this process."""
        super().__init__(*arguments, **named)
        delivery._PAUSES_S = (0.05, 0.1, 0.2)


def _failed_once_more(path: str) -> int:
    """The number of this fault, from 1; 0 when the file is well by now."""
    place = Path(path)
    counts = place.with_name(f".{place.name}.faults")
    if (counts.stat().st_size if counts.exists() else 0) >= times(path):
        return 0
    handle = os.open(counts, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, b"x")
        return os.fstat(handle).st_size
    finally:
        os.close(handle)
