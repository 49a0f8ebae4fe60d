"""Reads single header values without trusting them: wrong types read as missing."""

import math
import struct
from typing import Any

from pydicom.dataset import Dataset

# What pydicom raises on values that do not fit their VR
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


def values(dataset: Dataset, keyword: str) -> list[Any]:
    """All values of an element as a list; empty when missing, empty or unreadable."""
    try:
        value = dataset.get(keyword)
    except _UNREADABLE:
        return []
    if value is None or value == "":
        return []
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        return [value]
    return list(value)


def each_number(dataset: Dataset, keyword: str) -> list[float | None]:
    """An element's values in order, each a finite number or None."""
    found: list[float | None] = []
    for value in values(dataset, keyword):
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        found.append(number if math.isfinite(number) else None)
    return found


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """The finite numbers of an element, in order; empty when any is not a number."""
    found = each_number(dataset, keyword)
    known = [number for number in found if number is not None]
    return known if len(known) == len(found) else []


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first value of an element when it is a number."""
    return next(iter(each_number(dataset, keyword)), None)


def integer(dataset: Dataset, keyword: str) -> int | None:
    """The first value of an element when it is a whole number."""
    found = number(dataset, keyword)
    return int(found) if found is not None and found == int(found) else None


def text(dataset: Dataset, keyword: str) -> str:
    """The first value of an element as stripped text; empty when missing."""
    found = values(dataset, keyword)
    return str(found[0]).strip(" \0") if found and not isinstance(found[0], bytes) else ""


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; empty when it is missing or no sequence."""
    return [item for item in values(dataset, keyword) if isinstance(item, Dataset)]


def functional(dataset: Dataset, frame: int, sequence: str) -> Dataset | None:
    """An item of a frame's functional groups (PS3.3 C.7.6.16), per frame before shared."""
    per_frame = items(dataset, "PerFrameFunctionalGroupsSequence")[frame : frame + 1]
    shared = items(dataset, "SharedFunctionalGroupsSequence")[:1]
    for group in per_frame + shared:
        inner = items(group, sequence)
        if inner:
            return inner[0]
    return None
