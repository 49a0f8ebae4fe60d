"""Upload: the files that somebody gave at once, in their order, and what became of each.

On disk it is a folder: the files, a list of them that is written last, and a journal with a
line for each outcome, so that it is found again after a crash together with what was read.
"""

import json
import os
import shutil
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from arncnn.files import append_durably
from arncnn.formatting import counted
from arncnn.intake import Item, expand

FOLDER = "spool"  # of all uploads, in the home folder: a folder an owner, in it one an upload
LIST = "files.json"
_JOURNAL, _OVER, _UNWANTED = "outcomes.jsonl", "over", "unwanted"


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes:
        name: what the person called it; for the screen only.
        case_id: the case it became, or None.
        sentence: why it was not read, or None.
    """

    name: str
    case_id: str | None
    sentence: str | None


class Upload:
    """The files of one upload in their order, and what became of those already read.

    All sessions of its owner share it within a process; whoever reads holds ``lock``.

    Attributes:
        items: every file, those inside ZIPs included.
        outcomes: of the first files, in the same order.
        is_cancelled: whether the rest is left out.
        claimed_by: the session that reads it, for others to leave it alone; or None.
    """

    def __init__(self, folder: Path) -> None:
        """Opens an upload with the outcomes in its journal."""
        self.folder = folder
        self.lock = threading.RLock()
        listed = json.loads((folder / LIST).read_text(encoding="utf-8"))
        self.items = tuple(item for path, name in listed for item in _items(folder / path, name))
        self.outcomes: list[Outcome] = []
        self.is_cancelled = False
        self.claimed_by: str | None = None
        for line in _whole_lines(folder / _JOURNAL):
            self._take(line)
        self._note_end()
        weakref.finalize(self, remove_if_over, folder)

    @property
    def is_working(self) -> bool:
        """Whether files are left to be read."""
        return not self.is_cancelled and len(self.outcomes) < len(self.items)

    @property
    def is_single(self) -> bool:
        """Whether there was one file only."""
        return len(self.items) == 1

    @property
    def part_done(self) -> float:
        """0 to 1."""
        return len(self.outcomes) / max(1, len(self.items))

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The files that could not be read."""
        return tuple(outcome for outcome in self.outcomes if outcome.sentence)

    @property
    def case_ids(self) -> tuple[str, ...]:
        """The cases so far; the same bytes twice are one case."""
        found = (outcome.case_id for outcome in self.outcomes if outcome.case_id)
        return tuple(dict.fromkeys(found))

    @property
    def names(self) -> dict[str, str]:
        """What the person called the file of each case; for the screen only."""
        names: dict[str, list[str]] = {}
        for outcome in self.outcomes:
            if outcome.case_id:
                names.setdefault(outcome.case_id, []).append(outcome.name)
        return {case_id: ", ".join(called) for case_id, called in names.items()}

    @property
    def next_item(self) -> Item:
        """The first file without an outcome."""
        return self.items[len(self.outcomes)]

    def record(self, case_id: str | None, sentence: str | None) -> None:
        """Notes what became of ``next_item``; on the disk when this returns."""
        self._write({"case": case_id, "why": sentence})

    def cancel(self) -> None:
        """Leaves out what has not been read."""
        with self.lock:
            if self.is_working:
                self._write({"cancelled": True})

    def account(self) -> str:
        """What became of all files, in words."""
        done = len(self.outcomes)
        read = done - len(self.failures)
        parts = [f"{counted(len(self.items), 'file')}: {read} read"]
        if (same := read - len(self.case_ids)) > 0:
            parts.append(f"{same} of them the same bytes as another")
        if self.failures:
            parts.append(f"{len(self.failures)} not readable")
        if done < len(self.items):
            parts.append(f"{len(self.items) - done} left out after cancelling")
        return ", ".join(parts) + "."

    def _write(self, line: dict[str, Any]) -> None:
        append_durably(self.folder / _JOURNAL, json.dumps(line).encode() + b"\n")
        self._take(line)
        self._note_end()

    def _note_end(self) -> None:
        if not self.is_working:
            with suppress(FileNotFoundError):  # a case in it was deleted, and it went with it
                (self.folder / _OVER).touch()
            if (self.folder / _UNWANTED).exists():
                remove_if_over(self.folder)

    def _take(self, line: dict[str, Any]) -> None:
        if line.get("cancelled"):
            self.is_cancelled = True
        elif len(self.outcomes) < len(self.items):
            case_id, why = line["case"], line["why"]
            self.outcomes.append(Outcome(self.next_item.label, case_id, why))


def _items(path: Path, name: str) -> tuple[Item, ...]:
    """The files in one given file, under its own name."""
    return tuple(
        replace(item, label=item.label.replace(str(path), name, 1)) for item in expand([path])
    )


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """The journal's lines; one that a crash cut short is taken off the file."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(path, len(whole))
    return _lines(whole)


def _lines(whole: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in whole.splitlines()]


def read(home: Path) -> Iterator[tuple[set[str], Callable[[], None]]]:
    """Uploads of which something was read: the cases, and what lets the upload go.

    An upload that is still being read goes when it is over.
    """
    for journal in sorted((home / FOLDER).glob(f"*/*/{_JOURNAL}")):
        with suppress(FileNotFoundError):  # its last holder has just let it go
            data = journal.read_bytes()
            named = (line.get("case") for line in _lines(data[: data.rfind(b"\n") + 1]))
            yield {case_id for case_id in named if case_id}, partial(_let_go, journal.parent)


def _let_go(folder: Path) -> None:
    with suppress(FileNotFoundError):
        (folder / _UNWANTED).touch()
    remove_if_over(folder)


def is_waiting(folder: Path) -> bool:
    """Whether files in an upload's folder are still to be read."""
    return not (folder / _OVER).exists()


def remove_if_over(folder: Path) -> None:
    """Remove an upload's folder once all of it has been read."""
    if not is_waiting(folder):
        shutil.rmtree(folder, ignore_errors=True)
