"""Shards: a long reading in parts, kept where its results are.

One folder, or one fsspec address, holds

- ``files.jsonl``: what there was to read, a line each, in the order of ``read``;
- ``plan.json``: what was asked, and which bytes of that list are which shard's;
- ``part-00000.jsonl`` or ``.parquet``, and so on: a shard's rows, there whole or not at all;
- ``unfinished-00000.jsonl``: the rows of a shard some of whose files did not come, by a passing
  fault of disk, network or store. The next run reads only those, and the part takes its place.

So a shard is done when its part is there; it may be read twice by workers that do not know of each
other, and its rows are there once. Parts one after another, by name, are the rows of ``read``.
"""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Literal

from arncnn.errors import ArncnnError, IntakeError, UsageError
from arncnn.inference.place import Place
from arncnn.inference.read_paths import read_items
from arncnn.inference.reader import Reader
from arncnn.intake import Item, remote
from arncnn.intake.delivery import Patience, is_passing
from arncnn.intake.walk import Found, refused, walk

Form = Literal["jsonl", "parquet"]
Row = dict[str, Any]

_PLAN, _FILES = "plan.json", "files.jsonl"
_UNFINISHED = "unfinished-"
_LEAST = 128  # files in a shard: two batches; what a killed worker had of it is read again
_MOST = 64 * _LEAST  # a list of 100 million files then has some 12,000 shards
_SHARDS = 1000  # wanted, while shards are no larger and no smaller than that


@dataclass(frozen=True)
class Done:
    """What was done of a shard.

    Attributes:
        rows: read or failed.
        failed: of them.
        unread: files that did not come; a later run reads them.
        kept: files whose rows are of an earlier run.
    """

    rows: int
    failed: int
    unread: int
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

    def name(self, shard: int) -> str:
        """Of a shard's part."""
        return f"part-{shard:05}.{self.asked['form']}"

    def left(self) -> list[int]:
        """The shards that are not done."""
        there = self.place.names()
        return [shard for shard in range(len(self.shards)) if self.name(shard) not in there]

    def read(self, reader: Reader, shard: int, *, workers: int) -> Done:
        """Read what is left of a shard and keep its rows: as its part, once all files came."""
        patience = Patience()
        kept = self._kept(shard, patience)
        new: dict[int, list[Row]] = {}  # by the number of the file in its shard
        of_items: list[int] = []

        def items(scratch: Path) -> Iterator[Item]:
            for file, line in enumerate(self._lines(shard, patience)):
                if file in kept:
                    continue
                new[file] = []
                for item in self._items(line, scratch, patience):
                    of_items.append(file)
                    yield item

        with TemporaryDirectory(prefix="arncnn-") as scratch:
            read = read_items(reader, items(Path(scratch)), workers=workers)
            for position, row in enumerate(read):
                new[of_items[position]].append(row)
        unread = {file for file, rows in new.items() if any(map(_is_unread, rows))}
        came = {file: rows for file, rows in new.items() if file not in unread}
        whole = dict(sorted({**kept, **came}.items()))
        if unread:
            patience(partial(self.place.write, self._unfinished(shard), _jsonl(whole.items())))
        else:
            data = self._part(list(chain(*whole.values())), reader.labels)
            patience(partial(self.place.write, self.name(shard), data))
        rows = list(chain(*came.values()))
        return Done(len(rows), sum(map(_has_failed, rows)), len(unread), len(kept))

    def tidy(self) -> None:
        """Remove the unfinished rows of shards that are done."""
        names = self.place.names()
        for shard in range(len(self.shards)):
            if {self.name(shard), self._unfinished(shard)} <= names:
                self.place.remove(self._unfinished(shard))

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

    def _items(self, line: bytes, scratch: Path, patience: Patience) -> list[Item]:
        """The file of a line, or the files in a ZIP; each is tried more than once."""
        label, *reason = json.loads(line)

        def found() -> list[Item]:
            if remote.is_address(label):
                items = list(remote.items(label, scratch))
            else:
                known = IntakeError(*reason) if reason else None
                items = list(Found(Path(self.asked["here"]) / label, label, known).items())
            for item in items:
                if item.reason is not None and is_passing(item.reason.code):
                    raise item.reason
            return items

        try:
            items = patience(found)
        except IntakeError as passing:
            items = [refused(label, passing)]
        return [
            replace(item, open=partial(patience, item.open)) if item.reason is None else item
            for item in items
        ]

    def _part(self, rows: list[Row], labels: Sequence[str]) -> bytes:
        return _parquet(rows, labels) if self.asked["form"] == "parquet" else _jsonl(rows)


def _jsonl(lines: Iterable[Any]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def _has_failed(row: Row) -> bool:
    return bool(row["status"] == "failed")


def _is_unread(row: Row) -> bool:
    return _has_failed(row) and is_passing(row["error"]["code"])


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
        for found in walk([path]):
            reason = found.reason
            if reason is not None and is_passing(reason.code):
                raise ArncnnError(
                    "Not all folders could be listed: disk or network did not answer. Run the "
                    "command again."
                )
            yield [found.label, *((reason.code, str(reason)) if reason else ())]


def _parquet(lines: list[Row], labels: Sequence[str]) -> bytes:
    """Rows as a table whose columns are the same in every part."""
    import pyarrow as pa
    from pyarrow import parquet

    number, text, whole = pa.float64(), pa.string(), pa.int64()
    by_class = pa.struct([(label, number) for label in labels])

    def texts(*names: str) -> pa.DataType:
        return pa.struct([(name, text) for name in names])

    schema = pa.schema(
        {
            "path": text,
            "status": text,
            "label": text,
            "probabilities": by_class,
            "logits": by_class,
            "verdict": text,
            "reasons": pa.list_(text),
            "entropy": number,
            "prediction_set": pa.list_(text),
            "novelty_p_value": number,
            "header": texts("modality", "body_part", "claimed_class", "verdict"),
            "with_header": pa.struct(
                [("label", text), ("probabilities", by_class), ("effect", text)]
            ),
            "frame": whole,
            "frames": whole,
            "model": texts("id", "sha256"),
            "error": texts("code", "message"),
        }
    )
    named = [{**line, "path": _printable(line["path"])} for line in lines]
    stream = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(named, schema), stream, compression="zstd")
    return stream.getvalue()


def _printable(name: str) -> str:
    """A file's name whose bytes are no UTF-8, with those bytes spelled out."""
    return name.encode(errors="backslashreplace").decode()
