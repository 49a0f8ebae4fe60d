"""Everything a person can give at once: files, folders, ZIPs, walked in order."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from arncnn.errors import IntakeError
from arncnn.intake import archive, limits, sniff
from arncnn.intake.delivery import Patience, is_passing, reason_of
from arncnn.intake.open import open_entry, open_scan
from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan
from arncnn.intake.source import opened

T = TypeVar("T")

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
        reason: why opening it will fail, where that is known before.
    """

    label: str
    open: Callable[..., Scan]
    path: Path | None = None
    reason: IntakeError | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the file has been removed since, so that it cannot be opened again."""
        return self.path is not None and not self.path.exists()


@dataclass(frozen=True)
class Found:
    """What the walk comes by, before it is opened: a file, a ZIP, or what it does not follow.

    Attributes:
        path: where it lies.
        label: the same for the person, as in ``Item``.
        reason: why it is not opened, or None.
    """

    path: Path
    label: str
    reason: IntakeError | None = None

    def items(self) -> Iterator[Item]:
        """The file itself, or the files in the ZIP."""
        if self.reason is not None:
            yield refused(self.label, self.reason)
            return
        try:
            is_zip = _is_zip(self.path)
        except IntakeError as error:
            yield refused(self.label, error)
            return
        if is_zip:
            yield from _unpacked(self.path, self.label)
        else:
            yield Item(self.label, partial(open_scan, self.path), self.path)


def expand(paths: Iterable[Path], patience: Patience | None = None) -> Iterator[Item]:
    """The files in ``paths``: each given file, each folder's and each ZIP's files.

    In the order given; within a folder by name with numbers by value, so that slice 2
    comes before slice 10; within a ZIP in its order. Hidden files and what operating
    systems leave behind are skipped. Memory does not grow with the number of files, and
    no failure stops the walk: it surfaces when that item is opened. With patience, what a
    passing fault stopped is tried again, here and when it is opened.
    """
    for found in walk(paths, patience):
        if patience is None:
            yield from found.items()
        else:
            yield from patiently(found.items, found.label, patience)


def walk(paths: Iterable[Path], patience: Patience | None = None) -> Iterator[Found]:
    """The same walk, no file of it opened: what it comes by, in the same order."""
    for path in paths:
        yield from _walk(Path(path), str(path), 0, patience)


def patiently(
    found: Callable[[], Iterable[Item]], label: str, patience: Patience
) -> Iterator[Item]:
    """The items of one file, which is opened for them, as are they, more than once if need be.

    Args:
        found: gives the items: one, or those in a ZIP.
        label: of the file; the only item has it when a passing fault stays.
        patience: how often, and with which pauses.
    """

    def asked() -> list[Item]:
        items = list(found())
        for item in items:
            if item.reason is not None and is_passing(item.reason.code):
                raise item.reason
        return items

    try:
        items = patience(asked)
    except IntakeError as passing:
        items = [refused(label, passing)]
    for item in items:
        is_known = item.reason is not None
        yield item if is_known else replace(item, open=partial(patience, item.open))


def natural(name: str) -> list[tuple[int, str]]:
    """Sort key that reads numbers by value."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part.casefold())
        for part in _DIGITS.split(name)
    ]


def is_clutter(name: str) -> bool:
    """Whether a name is hidden, or one that operating systems leave behind."""
    return name in _CLUTTER or (name.startswith(".") and name not in (".", ".."))


def refused(label: str, reason: IntakeError) -> Item:
    """A file that is known not to open."""
    return Item(label, partial(_raise, reason), reason=reason)


def _walk(path: Path, label: str, depth: int, patience: Patience | None) -> Iterator[Found]:
    try:
        is_link = depth > 0 and _ask(path.is_symlink, patience)
        is_folder = _ask(path.is_dir, patience)
    except OSError as error:  # it may be a folder: only opening a file says what is wrong with it
        reason = reason_of(error)
        yield Found(path, label, reason if is_passing(reason.code) else None)
        return
    if is_link or not is_folder:
        yield Found(path, label, refuse("link") if is_link else None)
        return
    if depth > limits.MAX_DEPTH:
        yield Found(path, label, refuse("too_deep", limit=limits.MAX_DEPTH))
        return
    try:
        names = _ask(lambda: list(path.iterdir()), patience)
    except OSError as error:
        reason = reason_of(error)
        yield Found(path, label, reason if is_passing(reason.code) else refuse("unreadable"))
        return
    for inner in sorted(names, key=lambda inner: natural(inner.name)):
        if not is_clutter(inner.name):
            yield from _walk(inner, f"{label}/{inner.name}", depth + 1, patience)


def _ask(call: Callable[[], T], patience: Patience | None) -> T:
    return call() if patience is None else patience(call)


def _unpacked(path: Path, label: str) -> Iterator[Item]:
    try:
        found = archive.entries(path)
    except (IntakeError, OSError) as error:
        yield refused(label, reason_of(error))
        return
    for entry in found:
        if any(map(is_clutter, entry.name.split("/"))):
            continue
        name = f"{label}!/{entry.name}"
        if entry.reason is not None:
            yield refused(name, entry.reason)
        else:
            yield Item(name, partial(open_entry, path, entry), path)


def _is_zip(path: Path) -> bool:
    """Whether a file is one; False when it is none of ours to read: opening it says why.

    Raises:
        IntakeError: "undelivered": that is not known yet.
    """
    try:
        with opened(path) as (file, _):
            return sniff.kind(file.read(sniff.HEAD)) == "zip"
    except (IntakeError, OSError) as error:
        reason = reason_of(error)
        if is_passing(reason.code):
            raise reason from None
        return False


def _raise(error: IntakeError, *, frame: int | None = None) -> Scan:
    raise error
