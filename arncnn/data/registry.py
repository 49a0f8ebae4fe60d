"""Registry: the data sets that are known here by name, each with where it came from.

It is one file beside the packs, ``<home>/data/registry.json``. A name stands for a pack of one
sum: what the name gave once it gives always, or a sentence. Medical MNIST is not in it, for it is
known everywhere (``arncnn.data.mednist``).
"""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from arncnn import config
from arncnn.data import pack
from arncnn.data.dataset import Dataset
from arncnn.errors import DataError, UsageError
from arncnn.files import lock, write_durably
from arncnn.labels import Label

ADDED = "added"
"""What the packs are named for that were added, and not fetched for all to use."""
_STALE_S = 86_400.0
_FILE, _LOCK = "registry.json", ".registry.lock"
_FORMAT = 1
_WAIT_S = 30.0
_LONGEST_NAME = 60  # characters
_LONGEST_TEXT = 500
_NOT_IN_NAMES = frozenset("/\\:")
_RESERVED = frozenset({"medical mnist", "mednist"})


@dataclass(frozen=True)
class RegisteredDataSet:
    """A data set that is known by name.

    Attributes:
        name: what people and commands call it.
        source: where it came from, in words.
        licence: under which it may be used, in words.
        sha256: of its files, see ``Dataset.sha256``.
        folder: of its pack, below ``<home>/data``.
        images: how many there are.
        classes: how many of each class.
        left_out: how many files were offered and are no picture here.
        terms: modality and body part of classes, where they were filled in.
        added_by: who added it.
        added_at: Unix seconds.
    """

    name: str
    source: str
    licence: str
    sha256: str
    folder: str
    images: int
    classes: Mapping[str, int]
    left_out: int = 0
    terms: Mapping[str, Label] = field(default_factory=dict)
    added_by: str = ""
    added_at: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def data_folder() -> Path:
    """Where packs live."""
    return config.folder_at_home("data")


def entries() -> tuple[RegisteredDataSet, ...]:
    """All registered data sets, in the order they were added.

    Raises:
        DataError: the registry is damaged.
    """
    try:
        stored = json.loads((data_folder() / _FILE).read_text(encoding="utf-8"))
        if stored["format"] != _FORMAT:
            raise DataError("The registry of data sets was written by another version.")
        return tuple(map(_entry, stored["sets"]))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"The registry of data sets (data/{_FILE} in ARNCNN_HOME) is damaged. Restore it from "
            "a copy, or remove it and add the data sets again."
        ) from error


def find(name: str) -> RegisteredDataSet | None:
    """The data set of that name, capital or small letters alike, or None."""
    wanted = name.strip().casefold()
    if set(wanted) & _NOT_IN_NAMES:  # a path or an address
        return None
    return next((entry for entry in entries() if entry.name.casefold() == wanted), None)


def of(sha256: str) -> RegisteredDataSet | None:
    """The data set of that sum, or None."""
    return next((entry for entry in entries() if entry.sha256 == sha256), None)


def terms(sha256: str) -> dict[str, Label]:
    """What was filled in of the classes of the data set of that sum."""
    found = of(sha256)
    return {} if found is None else dict(found.terms)


def described(
    dataset: Dataset, name: str, *, source: str, licence: str, added_by: str
) -> RegisteredDataSet:
    """The entry that a packed data set would have; nothing is written."""
    if dataset.folder is None:
        raise UsageError("Only a packed data set can be registered.")
    return RegisteredDataSet(
        name=name,
        source=source,
        licence=licence,
        sha256=dataset.sha256,
        folder=dataset.folder.name,
        images=len(dataset),
        classes=dataset.counts(),
        left_out=len(dataset.left_out),
        added_by=added_by,
        added_at=time.time(),
    )


def add(entry: RegisteredDataSet) -> RegisteredDataSet:
    """Keep an entry; it is on the disk when this returns.

    Raises:
        UsageError: the name is empty, too long, taken or reserved, or those files are known
            under another name.
    """
    name = " ".join(entry.name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or set(name) & _NOT_IN_NAMES:
        raise UsageError(
            f"A data set's name has 1 to {_LONGEST_NAME} characters and no slash or colon."
        )
    if name.casefold() in _RESERVED:
        raise UsageError("That name is reserved for Medical MNIST; choose another.")
    texts = {"source": entry.source.strip(), "licence": entry.licence.strip()}
    for what, text in texts.items():
        if not text or len(text) > _LONGEST_TEXT:
            raise UsageError(f"Say in 1 to {_LONGEST_TEXT} characters what its {what} is.")
    kept = RegisteredDataSet(**{**vars(entry), **texts, "name": name})
    with _writing() as known:
        if any(other.name.casefold() == name.casefold() for other in known):
            raise UsageError(f"A data set named “{name}” already exists; choose another name.")
        same = next((other for other in known if other.sha256 == entry.sha256), None)
        if same is not None:
            raise UsageError(f"These files are already registered as “{same.name}”.")
        known.append(kept)
    return kept


def remove(name: str) -> RegisteredDataSet:
    """Forget a data set and delete its pack; models trained on it stay.

    Raises:
        DataError: there is none of that name.
    """
    found = named(name)
    with _writing() as known:
        known[:] = [other for other in known if other.name != found.name]
    shutil.rmtree(data_folder() / found.folder, ignore_errors=True)
    return found


def named(name: str) -> RegisteredDataSet:
    """The data set of that name.

    Raises:
        DataError: there is none.
    """
    found = find(name)
    if found is None:
        known = ", ".join(entry.name for entry in entries()) or "none"
        raise DataError(f"There is no data set named “{name}” here; registered: {known}.")
    return found


def pack_of(entry: RegisteredDataSet) -> Path | None:
    """The folder of its pack, or None where that has gone."""
    folder = data_folder() / entry.folder
    return folder if (folder / pack.INDEX).is_file() else None


def opened(entry: RegisteredDataSet) -> Dataset:
    """The data set, memory-mapped.

    Raises:
        DataError: its pack is gone, damaged, or of other files.
    """
    folder = pack_of(entry)
    if folder is None:
        raise DataError(f"The files of the data set “{entry.name}” are missing; add it again.")
    dataset = pack.open_pack(folder)
    if dataset.sha256 != entry.sha256:
        raise DataError(f"The files of the data set “{entry.name}” were altered; add it again.")
    return dataset


def sweep() -> None:
    """Delete packs that were made to be looked at a day ago or longer, and that nobody kept."""
    kept = {entry.folder for entry in entries()}
    before = time.time() - _STALE_S
    for folder in data_folder().glob(f"{ADDED}-*"):
        if folder.name not in kept and folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _writing() -> Iterator[list[RegisteredDataSet]]:
    """The entries, to be changed by one process at a time; written when the block ends well."""
    path = data_folder() / _FILE
    with lock(data_folder() / _LOCK, _WAIT_S) as held:
        if held is None:
            raise DataError("Another process is changing the registry of data sets; try again.")
        known = list(entries())
        yield known
        sets = [entry.to_json() for entry in known]
        write_durably(path, json.dumps({"format": _FORMAT, "sets": sets}, indent=1).encode())


def _entry(values: Mapping[str, Any]) -> RegisteredDataSet:
    given = {
        key: Label(label["key"], label["title"], tuple(label["modality"]), label["body_part"])
        for key, label in values["terms"].items()
    }
    if Path(values["folder"]).name != values["folder"]:
        raise ValueError("a pack lies beside the registry")
    return RegisteredDataSet(**{**values, "terms": given})
