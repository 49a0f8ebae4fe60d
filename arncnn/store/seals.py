"""Canonical JSON and the hash of a row: the same content gives the same bytes everywhere."""

import hashlib
import json
from typing import Any

from arncnn.errors import StoreError
from arncnn.store.tables import Sealed


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


def require_intact(row: Sealed) -> None:
    """Pass when a row is as it was written.

    Raises:
        AlteredError: it was altered outside the program.
    """
    if not is_intact(row):
        raise AlteredError(
            f"The record {row.subject()} was altered outside this program and is not shown. "
            "Run 'python -m arncnn store verify' and restore a backup."
        )
