"""Typed JSON: a JSON value becomes a frozen dataclass, with every key, type and size checked.

What a dataclass declares is what its JSON must hold: ``read`` builds nothing from a value that
does not fit, and ``plain`` gives back the JSON. Both know text, whole numbers from 0, finite
numbers, true and false, float32 arrays of one dimension, tuples, mappings of text, dataclasses,
and any of these or null.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from arncnn.errors import ModelError

_LONGEST_TEXT = 1000  # characters
_LARGEST = 2**53  # beyond it not every JSON reader keeps a whole number
ADDED_LATER = {"added_later": True}
"""The metadata of a field that JSON of an earlier version lacks: its default stands in."""

_WORDS: dict[Any, str] = {
    str: "text",
    int: "a whole number from 0",
    float: "a finite number",
    bool: "true or false",
}


def read(kind: Any, value: object, name: str) -> Any:
    """The JSON value as an object of the kind that a field declares.

    Args:
        kind: a type of the module's list.
        value: parsed JSON.
        name: what a message calls the value, e.g. ``data.split``.

    Raises:
        ModelError: a key is missing or unknown, or a value is of another type, not finite or
            too large.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if value is None else read(arguments[0], value, name)
    if hasattr(kind, "from_json"):
        return kind.from_json(_of_type(dict, value, name, "a table"), name)
    if is_dataclass(kind):
        return _dataclass(kind, _of_type(dict, value, name, "a table"), name)
    if origin is Mapping:
        table = _of_type(dict, value, name, "a table")
        return {key: read(arguments[1], item, f"{name}.{key}") for key, item in table.items()}
    if origin is tuple:
        items = _of_type(list, value, name, "a list")
        if arguments[-1] is not Ellipsis and len(items) != len(arguments):
            raise _unfit(name, f"a list of {len(arguments)}")
        return tuple(read(arguments[0], item, f"an item of {name}") for item in items)
    if kind is np.ndarray:
        numbers = _of_type(list, value, name, "a list of finite numbers")
        return np.array([_scalar(float, item, name) for item in numbers], np.float32)
    return _scalar(kind, value, name)


def plain(value: object) -> Any:
    """The JSON value that ``read`` makes the object of; ``to_json`` and ``from_json`` go first."""
    if hasattr(value, "to_json"):
        return value.to_json()
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.astype(float).tolist() if isinstance(value, np.ndarray) else value


def _dataclass(kind: Any, table: dict[str, Any], name: str) -> Any:
    hints = get_type_hints(kind)
    unknown = set(table) - {entry.name for entry in fields(kind)}
    if unknown:
        raise ModelError(
            f"The model's description has {name}.{min(unknown)}, which this version does not "
            "know; it was made by another version."
        )
    found = {}
    for entry in fields(kind):
        key = entry.name
        if key in table:
            found[key] = read(hints[key], table[key], f"{name}.{key}")
        elif entry.metadata != ADDED_LATER:
            raise damaged(f"{name}.{key} is missing")
    return kind(**found)


def _of_type(kind: type, value: object, name: str, words: str) -> Any:
    if not isinstance(value, kind):
        raise _unfit(name, words)
    return value


def _scalar(kind: type, value: object, name: str) -> Any:
    fits = type(value) is kind or (kind is float and type(value) is int)
    if isinstance(value, str):
        fits = fits and len(value) <= _LONGEST_TEXT
    elif isinstance(value, int | float):
        fits = fits and abs(value) <= _LARGEST and math.isfinite(value)
        fits = fits and not (kind is int and value < 0)
    if not fits:
        raise _unfit(name, _WORDS[kind])
    return kind(value)


def _unfit(name: str, wanted: str) -> ModelError:
    return damaged(f"{name} must be {wanted}")


def damaged(what: str) -> ModelError:
    """The error to raise for a description of which something does not hold."""
    return ModelError(f"The model's description is damaged: {what}. Restore or replace the model.")
