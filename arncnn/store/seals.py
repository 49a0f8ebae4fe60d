"""Canonical JSON and the hash of a row: the same content gives the same bytes everywhere."""

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from arncnn.errors import ArncnnError, JobError, StoreError
from arncnn.store.tables import CaseRow, CorrectionRow, JobRow, ModelRow, Sealed, SourceRow, UserRow

Row = TypeVar("Row", bound=Sealed)

_MISSING: Mapping[type[Sealed], tuple[type[ArncnnError], str]] = MappingProxyType(
    {
        CaseRow: (StoreError, "There is no such case. It may have been deleted or have expired."),
        CorrectionRow: (StoreError, "There is no such correction. It may have been withdrawn."),
        JobRow: (JobError, "There is no such job."),
        ModelRow: (StoreError, "There is no such model in the registry."),
        SourceRow: (StoreError, "There is no such source."),
        UserRow: (StoreError, "There is no such account."),
    }
)


class AlteredError(StoreError):
    """A record was changed outside the program."""


def canonical(value: Any) -> str:
    r"""JSON with sorted keys, no spaces, plain ASCII, no NaN.

    >>> canonical({"b": 1.0, "a": [None, "ü"]})
    '{"a":[null,"\\u00fc"],"b":1.0}'

    Raises:
        StoreError: the value holds something JSON cannot keep.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StoreError(
            "A record holds a value that cannot be kept as JSON (not a number, or an array); "
            "it was not stored."
        ) from error


def digest(text: str | bytes) -> str:
    """Hex SHA-256 of bytes, or of a text's UTF-8 form."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def seal_of(row: Sealed) -> str:
    """The SHA-256 that a row's content has now."""
    return digest(f"{row.subject()}\n{canonical(row.content())}")


def is_intact(row: Sealed) -> bool:
    """Whether a row's content still matches the seal written with it."""
    return row.seal == seal_of(row)


def require_intact(*rows: Sealed) -> None:
    """Pass when rows are as they were written.

    Raises:
        AlteredError: one was altered outside the program.
    """
    for altered in (row for row in rows if not is_intact(row)):
        raise AlteredError(
            f"The record {altered.subject()} was altered outside this program and is not shown. "
            "Run 'python -m arncnn store verify' and restore a backup."
        )


def stored(session: Session, table: type[Row], key: str, *, altered: bool = False) -> Row:
    """The row with a key, proven unaltered unless an ``altered`` one will do.

    Raises:
        StoreError: there is none (a ``JobError`` of jobs), or it was altered.
    """
    row = session.get(table, key)
    if row is None:
        error, sentence = _MISSING[table]
        raise error(sentence)
    if not altered:
        require_intact(row)
    return row
