"""unread: the files that a long reading gave no row, and the sentence that says so.

They did not come, or were not there, by no fault of their own; the next run reads them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from arncnn.formatting import counted
from arncnn.inference.read_paths import has_no_row
from arncnn.intake.refusals import REASONS

_NAMED = 3  # files that the sentence names


@dataclass
class Unread:
    """What a reading has left; grows while it reads.

    Attributes:
        undelivered: files that disk, network, store or decoder did not bring.
        missing: files that were not found, by the name of the machine that looked; "" for this one.
        names: the first of these.
        has_no_decoder: whether a decoder could not be started here.
    """

    undelivered: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)
    has_no_decoder: bool = False

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return bool(self.undelivered or self.missing)

    def not_found(self, names: Iterable[str], host: str = "") -> None:
        """Count files that were not found there."""
        for name in names:
            self.missing[host] += 1
            if len(self.names) < _NAMED:
                self.names.append(name)

    def taken_from(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """The rows that a reading keeps; the others are counted here."""
        for row in rows:
            if not has_no_row(row):
                yield row
            elif row["error"]["code"] == "missing":
                self.not_found([row["path"]])
            else:
                self.undelivered += 1
                self.has_no_decoder |= row["error"]["code"] == "sandbox"

    def sentences(self) -> Iterator[str]:
        """What is left and why, one sentence a cause, for the person who started it."""
        if self.undelivered:
            yield (
                f"{counted(self.undelivered, 'file')} could not be read: disk, network, store or "
                "decoder failed, not the file."
            )
        if self.has_no_decoder:
            yield REASONS["sandbox"]
        if missing := self.missing.total():
            hosts = ", ".join(sorted(filter(None, self.missing)))
            more = f" and {missing - len(self.names):,} more" if missing > len(self.names) else ""
            yield (
                f"{counted(missing, 'file')} {'was' if missing == 1 else 'were'} not found"
                f"{f' from {hosts}' if hosts else ''}: {', '.join(self.names)}{more}. Check the "
                "path and whether its medium or shared folder is connected there."
            )
