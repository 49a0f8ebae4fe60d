"""Shards: a long reading in parts, kept where its results are.

One folder, or one fsspec address, holds

- ``files.jsonl``: what there was to read, a line each, in the order of ``read``;
- ``plan.json``: what was asked, and which bytes of that list are which shard's;
- ``part-00000.jsonl`` or ``.parquet``, and so on: a shard's rows, there whole or not at all.

So a shard is done when its part is there; it may be read twice by workers that do not know of each
other, and its rows are there once. Parts one after another, by name, are the rows of ``read``.
"""

import io
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Literal

from arncnn.errors import IntakeError, UsageError
from arncnn.files import make_private, sync
from arncnn.inference.read_paths import read_items
from arncnn.inference.reader import Reader
from arncnn.intake import Item, remote
from arncnn.intake.walk import Found, walk

Form = Literal["jsonl", "parquet"]

_PLAN, _FILES = "plan.json", "files.jsonl"
_LEAST = 128  # files in a shard: two batches; what a killed worker had of it is read again
_MOST = 64 * _LEAST  # a list of 100 million files then has some 12,000 shards
_SHARDS = 1000  # wanted, while shards are no larger and no smaller than that


@dataclass(frozen=True)
class Place:
    """A folder, or an fsspec address, where results are kept.

    Attributes:
        address: of it; a folder's is absolute.
    """

    address: str

    def names(self) -> set[str]:
        """The files in it that are whole."""
        try:
            if remote.is_address(self.address):
                files, root = remote.store_of(self.address)
                files.invalidate_cache()
                found = [str(name).rsplit("/", 1)[-1] for name in files.ls(root, detail=False)]
            else:
                found = [path.name for path in Path(self.address).iterdir()]
        except FileNotFoundError:
            return set()
        return {name for name in found if not name.startswith(".")}

    def read(self, name: str, start: int = 0, stop: int | None = None) -> bytes:
        """Bytes of a file from ``start`` to before ``stop``, or to its end."""
        if remote.is_address(self.address):
            files, root = remote.store_of(self.address)
            return bytes(files.cat_file(f"{root}/{name}", start=start, end=stop))
        with (Path(self.address) / name).open("rb") as file:
            file.seek(start)
            return file.read(-1 if stop is None else stop - start)

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """A file that has its name once it is whole; one of that name is replaced."""
        unfinished = f".{name}.{secrets.token_hex(4)}"
        if remote.is_address(self.address):
            files, root = remote.store_of(self.address)
            files.makedirs(root, exist_ok=True)
            with files.open(f"{root}/{unfinished}", "wb") as file:
                yield file
            files.mv(f"{root}/{unfinished}", f"{root}/{name}")
            return
        folder = Path(self.address)
        make_private(folder)
        with (folder / unfinished).open("wb") as file:
            yield file
        sync(folder / unfinished)
        (folder / unfinished).replace(folder / name)
        sync(folder)


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

    def read(self, reader: Reader, shard: int, *, workers: int) -> tuple[int, int]:
        """Read a shard and keep its rows; how many they are, and how many of them failed."""
        with TemporaryDirectory(prefix="arncnn-") as scratch:
            lines = list(read_items(reader, self._items(shard, Path(scratch)), workers=workers))
        if self.asked["form"] == "parquet":
            data = _parquet(lines, reader.labels)
        else:
            data = "".join(json.dumps(line) + "\n" for line in lines).encode()
        with self.place.writing(self.name(shard)) as file:
            file.write(data)
        return len(lines), sum(line["status"] == "failed" for line in lines)

    def _items(self, shard: int, scratch: Path) -> Iterator[Item]:
        start, stop, _ = self.shards[shard]
        for line in self.place.read(_FILES, start, stop).splitlines():
            label, *reason = json.loads(line)
            if remote.is_address(label):
                yield from remote.items(label, scratch)
            else:
                refused = IntakeError(*reason) if reason else None
                yield from Found(Path(self.asked["here"]) / label, label, refused).items()


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
            yield [found.label, *((reason.code, str(reason)) if reason else ())]


def _parquet(lines: list[dict[str, Any]], labels: Sequence[str]) -> bytes:
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
