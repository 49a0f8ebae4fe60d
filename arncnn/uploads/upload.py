"""Upload: the files that somebody gave at once, in their order, and what became of each.

On disk it is a folder: the files, a list of them that is written last, and a journal with a
line for each outcome, so that it is found again after a crash together with what was read.
"""

import json
import os
import shutil
import threading
import weakref
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from arncnn.errors import ArncnnError
from arncnn.files import append_durably, lock
from arncnn.formatting import counted
from arncnn.intake import Item, expand

FOLDER = "spool"  # of all uploads, in the home folder: a folder an owner, in it one an upload
LIST = "files.json"
_JOURNAL, _OVER, _UNWANTED, _TURN = "outcomes.jsonl", "over", "unwanted", "turn"
_TURN_S = 600.0  # how long another dashboard on the same home may take for a file


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

    All sessions of its owner share it within a process; whoever reads takes a ``turn``, which
    other dashboards on the same home wait for. Once all is read it goes, unless another frame
    of a file may be asked for: then with the last who has it open, or at the next start.

    Attributes:
        items: every file, those inside ZIPs included.
        outcomes: of the first files, in the same order.
        is_cancelled: whether the rest is left out.
        given_at: Unix seconds.
        claimed_by: the session that reads it, for others to leave it alone; or None.
    """

    def __init__(self, folder: Path, holder: str = "") -> None:
        """Opens an upload with the outcomes in its journal.

        Args:
            folder: on the disk.
            holder: names the dashboard that keeps the files of what is over.
        """
        self.folder = folder
        self._holder = holder
        self.lock = threading.RLock()
        self.given_at = (folder / LIST).stat().st_mtime  # written last, once all files are there
        listed = json.loads((folder / LIST).read_text(encoding="utf-8"))
        self.items = tuple(item for path, name in listed for item in _items(folder / path, name))
        self.outcomes: list[Outcome] = []
        self.is_cancelled = False
        self.claimed_by: str | None = None
        self._noted = 0
        self._has_frames = False
        self._catch_up()
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
    def has_one_result(self) -> bool:
        """Whether there was one file only, and it became a case."""
        return self.is_single and bool(self.case_ids)

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

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Within it nobody else reads the upload; gives whether files are left."""
        with self.lock, ExitStack() as held:
            is_mine = False
            if self.is_working:
                with suppress(FileNotFoundError):
                    is_mine = held.enter_context(lock(self.folder / _TURN, _TURN_S)) is not None
                if not self.folder.exists():
                    self.is_cancelled = True  # another dashboard has read it, and it is gone
                elif is_mine:
                    self._catch_up()
            yield is_mine and self.is_working

    def record(self, case_id: str | None, sentence: str | None, *, has_frames: bool = True) -> None:
        """Notes what became of ``next_item``; on the disk when this returns.

        Args:
            case_id: the case it became, or None.
            sentence: why it was not read, or None.
            has_frames: whether another frame of it can be read later.
        """
        self._write(
            {"case": case_id, "why": sentence, "frames": has_frames and case_id is not None}
        )

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
            parts.append(f"{same} of them identical to another file")
        if self.failures:
            parts.append(f"{len(self.failures)} not readable")
        if done < len(self.items):
            parts.append(f"{len(self.items) - done} left out after cancelling")
        return ", ".join(parts) + "."

    def _write(self, line: dict[str, Any]) -> None:
        append_durably(self.folder / _JOURNAL, json.dumps(line).encode() + b"\n")
        self._noted += 1
        self._take(line)
        self._note_end()

    def _catch_up(self) -> None:
        """Takes what another dashboard has noted meanwhile."""
        lines = _whole_lines(self.folder / _JOURNAL)
        for line in lines[self._noted :]:
            self._take(line)
        self._noted = max(self._noted, len(lines))

    def _note_end(self) -> None:
        if not self.is_working:
            with suppress(FileNotFoundError):  # a case in it was deleted, and it went with it
                (self.folder / _OVER).write_text(self._holder)
            if not self._has_frames or (self.folder / _UNWANTED).exists():
                remove_if_over(self.folder)

    def _take(self, line: dict[str, Any]) -> None:
        self._has_frames |= bool(line.get("case")) and line.get("frames", True)
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


def remove_left(folder: Path, living: Collection[str]) -> None:
    """Remove an upload that is over and that no living dashboard holds, or that is none yet.

    Args:
        folder: of the upload.
        living: the holders that have not ended.
    """
    with suppress(OSError, ValueError, ArncnnError):
        if not (folder / LIST).exists():
            if not living:  # what a copy that was killed left behind
                shutil.rmtree(folder, ignore_errors=True)
            return
        if is_waiting(folder) and (folder / _JOURNAL).exists():
            with lock(folder / _TURN) as is_mine:
                if is_mine is not None:
                    Upload(folder)  # notes an end that a kill kept from being noted
        if not is_waiting(folder) and (folder / _OVER).read_text() not in living:
            remove_if_over(folder)


def remove_if_over(folder: Path) -> None:
    """Remove an upload's folder once all of it has been read."""
    if not is_waiting(folder):
        shutil.rmtree(folder, ignore_errors=True)
