"""Shards: a long reading in parts, kept where its results are.

One folder, or one fsspec address, holds

- ``files.jsonl``: what there was to read, a line each, in the order of ``read``;
- ``plan.json``: what was asked, and which bytes of that list are which shard's;
- ``part-00000.jsonl`` or ``.parquet``, and so on: a shard's rows, there whole or not at all;
- ``unfinished-00000.jsonl``: the rows of a shard some of whose files did not come, by a passing
  fault of disk, network or store. The next run reads only those, and the part takes its place;
- ``missing-00000.json``: of those, the ones that were not found, and where. Once a shard wants
  no others and the machine that gave the command does not find them, either, the part is there
  without them; a run reads them when they are found.

So a shard is done when its part is there; it may be read twice by workers that do not know of each
other, and its rows are there once. Parts one after another, by name, are the rows of ``read``.
"""

import json
import socket
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Literal

from arncnn.errors import ArncnnError, IntakeError, UsageError
from arncnn.inference.missing import Missing
from arncnn.inference.parquet import parquet_of
from arncnn.inference.place import Place
from arncnn.inference.read_paths import has_no_row, read_items
from arncnn.inference.reader import Reader
from arncnn.intake import Item, remote
from arncnn.intake.delivery import Patience, is_passing
from arncnn.intake.walk import Found, patiently, walk

Form = Literal["jsonl", "parquet"]
Row = dict[str, Any]

_PLAN, _FILES = "plan.json", "files.jsonl"
_UNFINISHED, _MISSING = "unfinished-", "missing-"
_LEAST = 128  # files in a shard: two batches; what a killed worker had of it is read again
_MOST = 64 * _LEAST  # a list of 100 million files then has some 12,000 shards
_SHARDS = 1000  # wanted, while shards are no larger and no smaller than that


@dataclass(frozen=True)
class Done:
    """What was done of a shard.

    Attributes:
        rows: read or failed.
        failed: of them.
        unread: files that did not come or were not found; a later run reads them.
        missing: of them, those that were not found.
        kept: files whose rows are of an earlier run.
    """

    rows: int
    failed: int
    unread: int
    missing: int
    kept: int


@dataclass(frozen=True)
class Plan:
    """A reading in shards.

    Attributes:
        place: of its results.
        asked: what decides the rows: "paths", "form", "model" (its SHA-256) and "here", the
            folder that relative paths start from.
        shards: start and stop in the list of files, and how many they are, a shard each.
    """

    place: Place
    asked: dict[str, Any]
    shards: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, place: Place, paths: Sequence[Path | str], form: Form, model: str) -> "Plan":
        """The plan that is there already, or a new one, for which all files are listed.

        Args:
            place: of the results.
            paths: files, folders, ZIP archives, and addresses as strings.
            form: of the parts.
            model: SHA-256 of the model that reads.

        Raises:
            UsageError: the place holds the results of another reading.
            ArncnnError: not all files could be listed.
        """
        asked = {
            "paths": list(map(str, paths)),
            "form": form,
            "model": model,
            "here": str(Path.cwd()) if any(_is_relative(path) for path in paths) else "",
        }
        names = place.names()
        if _PLAN in names:
            known = json.loads(place.read(_PLAN))
            if known["asked"] != asked:
                raise UsageError(
                    "There are results of another reading (other paths, form or model) at --out. "
                    "Name a new place, or repeat the original command to resume."
                )
            return cls(place, asked, tuple(map(tuple, known["shards"])))
        if any(name.startswith("part-") for name in names):
            raise UsageError("There are parts at --out, but no plan. Name a new place.")
        with place.writing(_FILES) as file:
            shards = tuple(_listed(paths, file))
        with place.writing(_PLAN) as file:
            file.write(json.dumps({"asked": asked, "shards": shards}).encode())
        return cls(place, asked, shards)

    @property
    def files(self) -> int:
        """How many files there are to read; a ZIP is one."""
        return sum(count for _, _, count in self.shards)

    def is_seen(self) -> bool:
        """Whether this machine finds the place with the plan in it."""
        return _PLAN in Patience()(self.place.names)

    def name(self, shard: int) -> str:
        """Of a shard's part."""
        return f"part-{shard:05}.{self.asked['form']}"

    def left(self) -> list[int]:
        """The shards that are to be read: those that are not done.

        One that wants only files that were not found is left again once one of them is found here.
        """
        there = self.place.names()
        left = []
        for shard in range(len(self.shards)):
            is_missing = self._missing(shard) in there
            is_open = is_missing or self.name(shard) not in there
            if is_open and not (is_missing and self._wants_no_other(shard)):
                left.append(shard)
        return left

    def read(self, reader: Reader, shard: int, *, workers: int) -> Done:
        """Read what is left of a shard and keep its rows: as its part, once all files came."""
        patience = Patience()
        kept = self._kept(shard, patience)
        new: dict[int, list[Row]] = {}  # by the number of the file in its shard
        labels: dict[int, str] = {}
        of_items: list[int] = []

        def items(scratch: Path) -> Iterator[Item]:
            for file, line in enumerate(self._lines(shard, patience)):
                if file in kept:
                    continue
                new[file], labels[file] = [], json.loads(line)[0]
                for item in self._items(line, scratch, patience):
                    of_items.append(file)
                    yield item

        with TemporaryDirectory(prefix="arncnn-") as scratch:
            read = read_items(reader, items(Path(scratch)), workers=workers)
            for position, row in enumerate(read):
                new[of_items[position]].append(row)
        codes = {
            file: {row["error"]["code"] for row in rows if has_no_row(row)}
            for file, rows in new.items()
        }
        unread = {file for file, found in codes.items() if found}
        missing = [labels[file] for file in sorted(unread) if codes[file] == {"missing"}]
        came = {file: rows for file, rows in new.items() if file not in unread}
        whole = dict(sorted({**kept, **came}.items()))
        if unread:
            patience(partial(self.place.write, self._unfinished(shard), _jsonl(whole.items())))
        else:
            data = self._part(list(chain(*whole.values())), reader.labels)
            patience(partial(self.place.write, self.name(shard), data))
        if missing:
            about = Missing(socket.gethostname(), missing, len(unread) - len(missing))
            patience(partial(self.place.write, self._missing(shard), about.to_json()))
        else:
            patience(partial(self.place.remove, self._missing(shard)))
        rows = list(chain(*came.values()))
        return Done(len(rows), sum(map(_has_failed, rows)), len(unread), len(missing), len(kept))

    def tidy(self, labels: Sequence[str], read: Collection[int]) -> None:
        """Bring the place into order after a run: see the module for which files are there when.

        Args:
            labels: of the model's classes.
            read: the shards of this run.
        """
        names = self.place.names()
        for shard in range(len(self.shards)):
            if self._unfinished(shard) not in names:
                continue
            is_there = self.name(shard) in names
            if self._missing(shard) not in names:
                if is_there:
                    self.place.remove(self._unfinished(shard))
            elif (shard in read or not is_there) and self._wants_no_other(shard):
                rows = chain(*self._kept(shard, Patience()).values())
                self.place.write(self.name(shard), self._part(list(rows), labels))

    def missing(self) -> dict[int, Missing]:
        """By shard, the files that were not found when it was read last."""
        names = self.place.names()
        shards = (n for n in range(len(self.shards)) if self._missing(n) in names)
        return {shard: self._about(shard) for shard in shards}

    def _missing(self, shard: int) -> str:
        return f"{_MISSING}{shard:05}.json"

    def _about(self, shard: int) -> Missing:
        return Missing.from_json(self.place.read(self._missing(shard)))

    def _wants_no_other(self, shard: int) -> bool:
        return self._about(shard).is_all(self.asked["here"])

    def _unfinished(self, shard: int) -> str:
        return f"{_UNFINISHED}{shard:05}.jsonl"

    def _kept(self, shard: int, patience: Patience) -> dict[int, list[Row]]:
        """The rows that an earlier run has of a shard, by the number of their file."""
        try:
            lines = patience(partial(self.place.read, self._unfinished(shard))).splitlines()
        except FileNotFoundError:
            return {}
        return dict(map(json.loads, lines))

    def _lines(self, shard: int, patience: Patience) -> list[bytes]:
        start, stop, _ = self.shards[shard]
        return patience(partial(self.place.read, _FILES, start, stop)).splitlines()

    def _items(self, line: bytes, scratch: Path, patience: Patience) -> Iterator[Item]:
        """The file of a line, or the files in a ZIP; each is tried more than once."""
        label, *reason = json.loads(line)
        if remote.is_address(label):
            return patiently(partial(remote.items, label, scratch), label, patience)
        known = IntakeError(*reason) if reason else None
        found = Found(Path(self.asked["here"]) / label, label, known)
        return patiently(found.items, label, patience)

    def _part(self, rows: list[Row], labels: Sequence[str]) -> bytes:
        return parquet_of(rows, labels) if self.asked["form"] == "parquet" else _jsonl(rows)


def _jsonl(lines: Iterable[Any]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def _has_failed(row: Row) -> bool:
    return bool(row["status"] == "failed")


def _is_relative(path: Path | str) -> bool:
    return isinstance(path, Path) and not path.is_absolute()


def _listed(paths: Iterable[Path | str], file: IO[bytes]) -> Iterator[tuple[int, int, int]]:
    """Write the list; the shards it falls into."""
    cuts, count, place = [0], 0, 0
    for line in _lines(paths):
        place += file.write(json.dumps(line).encode() + b"\n")
        count += 1
        if count % _LEAST == 0:
            cuts.append(place)
    if count % _LEAST:
        cuts.append(place)
    step = min(_MOST // _LEAST, -(-(len(cuts) - 1) // _SHARDS)) or 1
    for first in range(0, len(cuts) - 1, step):
        last = min(first + step, len(cuts) - 1)
        yield cuts[first], cuts[last], min(last * _LEAST, count) - first * _LEAST


def _lines(paths: Iterable[Path | str]) -> Iterator[list[str]]:
    for path in paths:
        if isinstance(path, str):
            yield from ([address] for address in remote.walk(path))
            continue
        for found in walk([path], Patience()):
            reason = found.reason
            if reason is not None and is_passing(reason.code):
                raise ArncnnError(
                    "Not all folders could be listed: disk or network did not answer. Run the "
                    "command again."
                )
            yield [found.label, *((reason.code, str(reason)) if reason else ())]
