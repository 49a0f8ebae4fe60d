"""Everything a person can give at once: files, folders, ZIPs, walked in order."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from arncnn.errors import IntakeError
from arncnn.intake import archive, limits, sniff
from arncnn.intake.open import open_entry, open_scan
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan
from arncnn.intake.source import opened

_DIGITS = re.compile(r"(\d+)")
_CLUTTER = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Item:
    """One file of a batch.

    Attributes:
        label: where it lies, for the person: ``folder/a.dcm`` or ``disc.zip!/a.dcm``.
        open: decodes it; raises IntakeError with the reason when it is not read. Takes
            ``frame=`` (from 0) or the middle one; may be called from any thread and more
            than once.
        path: the file on the disk that holds it, a ZIP for what lies in one; None for what
            is held in memory.
    """

    label: str
    open: Callable[..., Scan]
    path: Path | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the file has been removed since, so that it cannot be opened again."""
        return self.path is not None and not self.path.exists()


def expand(paths: Iterable[Path]) -> Iterator[Item]:
    """The files in ``paths``: each given file, each folder's and each ZIP's files.

    In the order given; within a folder by name with numbers by value, so that slice 2
    comes before slice 10; within a ZIP in its order. Hidden files and what operating
    systems leave behind are skipped. Memory does not grow with the number of files, and
    no failure stops the walk: it surfaces when that item is opened.
    """
    for path in paths:
        yield from _expand(Path(path), str(path), 0)


def _expand(path: Path, label: str, depth: int) -> Iterator[Item]:
    if path.is_dir():
        if depth > limits.MAX_DEPTH:
            yield _refused(label, refuse("too_deep", limit=limits.MAX_DEPTH))
            return
        try:
            inside = sorted(path.iterdir(), key=lambda inner: _natural(inner.name))
        except OSError:
            yield _refused(label, refuse("unreadable"))
            return
        for inner in inside:
            if _is_clutter(inner.name):
                continue
            if inner.is_symlink():
                yield _refused(f"{label}/{inner.name}", refuse("link"))
            else:
                yield from _expand(inner, f"{label}/{inner.name}", depth + 1)
    elif _is_zip(path):
        yield from _unpacked(path, label)
    else:
        yield Item(label, partial(open_scan, path), path)


def _unpacked(path: Path, label: str) -> Iterator[Item]:
    try:
        found = archive.entries(path)
    except IntakeError as error:
        yield _refused(label, error)
        return
    for entry in found:
        if any(map(_is_clutter, entry.name.split("/"))):
            continue
        name = f"{label}!/{entry.name}"
        if entry.reason is not None:
            yield _refused(name, entry.reason)
        else:
            yield Item(name, partial(open_entry, path, entry), path)


def _is_zip(path: Path) -> bool:
    try:
        with opened(path) as (file, _):
            return sniff.kind(file.read(sniff.HEAD)) == "zip"
    except (IntakeError, OSError):
        return False  # opening the item says why


def _is_clutter(name: str) -> bool:
    return name in _CLUTTER or (name.startswith(".") and name not in (".", ".."))


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key that reads numbers by value."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part.casefold())
        for part in _DIGITS.split(name)
    ]


def _raise(error: IntakeError, *, frame: int | None = None) -> Scan:
    raise error


def _refused(label: str, error: IntakeError) -> Item:
    return Item(label, partial(_raise, error))
