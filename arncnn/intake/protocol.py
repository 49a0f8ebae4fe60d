"""What parent and child say to each other: lengths, JSON and raw bytes, never pickles.

The parent takes nothing a child says on trust: a decoder that a file has taken over could
say anything, so sizes, keys and types are checked again on arrival.
"""

import json
import math
import socket
import struct
from types import MappingProxyType
from typing import Any

import numpy as np

from arncnn.errors import IntakeError
from arncnn.intake import limits, sniff
from arncnn.intake.allowed import IDENTITY, LONGEST_IDENTITY
from arncnn.intake.frames import aspect
from arncnn.intake.refusals import REASONS
from arncnn.intake.scan import FUNCTIONS, Scan, Window

# To the fork server: b"F" fork (a socket travels along), or b"E" end a worker (its id)
COMMAND = struct.Struct("!cq")
# The worker's id; or its exit status, peak memory in KiB and CPU seconds, from os.wait4
REPLY = struct.Struct("!qqd")
_LENGTH = struct.Struct("!I")
_MAX_MESSAGE = 256 * 1024  # JSON; the allowlist at its longest is a few thousand bytes
_MAX_STRING = 512
_LONGEST_NAME = LONGEST_IDENTITY + 1
_MAX_LIST = 64
_MOST_ENTRIES = 1 << 16  # of a window's table
_PIXEL = np.dtype("<f4")


class BrokenWireError(Exception):
    """The other side hung up, or what it said makes no sense."""


class RefusedError(Exception):
    """A child's typed refusal, and whether the child ends after it."""

    def __init__(self, error: IntakeError, last: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.last = last


def receive_into(connection: socket.socket, view: memoryview) -> None:
    """Fills ``view`` from the connection."""
    filled = 0
    while filled < len(view):
        count = connection.recv_into(view[filled:], len(view) - filled)
        if not count:
            raise BrokenWireError
        filled += count


def discard(connection: socket.socket, size: int) -> None:
    """Receives ``size`` bytes and forgets them."""
    scratch = memoryview(bytearray(min(size, _MAX_MESSAGE)))
    while size:
        receive_into(connection, scratch[:size])
        size -= min(size, len(scratch))


def receive(connection: socket.socket) -> dict[str, Any]:
    """One JSON object."""
    head = bytearray(_LENGTH.size)
    receive_into(connection, memoryview(head))
    length = _LENGTH.unpack(head)[0]
    if length > _MAX_MESSAGE:
        raise BrokenWireError
    body = bytearray(length)
    receive_into(connection, memoryview(body))
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise BrokenWireError from None
    if not isinstance(message, dict):
        raise BrokenWireError
    return message


def send(connection: socket.socket, message: dict[str, Any]) -> None:
    """One JSON object."""
    body = json.dumps(message).encode()
    connection.sendall(_LENGTH.pack(len(body)) + body)


def send_scan(connection: socket.socket, scan: Scan, *, last: bool) -> None:
    """A scan: its fields as JSON, then its pixels row by row.

    Args:
        connection: to the parent.
        scan: what was decoded.
        last: whether the child ends after this.
    """
    send(
        connection,
        {
            "shape": scan.pixels.shape,
            "kind": scan.kind,
            "is_hounsfield": scan.is_hounsfield,
            "colourfulness": scan.colourfulness,
            "windows": [
                [w.name, w.center, w.width, w.function, w.first, len(_table(w))]
                for w in scan.windows
            ],
            "frame": scan.frame,
            "frames": scan.frames,
            "attributes": dict(scan.attributes),
            "series_key": scan.series_key,
            "study_key": scan.study_key,
            "spacing_mm": scan.spacing_mm,
            "aspect": scan.aspect,
            "warnings": scan.warnings,
            "last": last,
        },
    )
    for numbers in (scan.pixels, *map(_table, scan.windows)):
        connection.sendall(np.ascontiguousarray(numbers, _PIXEL).view(np.uint8).reshape(-1).data)


def _table(window: Window) -> np.ndarray:
    return np.empty(0, np.float32) if window.table is None else window.table


def send_identity(connection: socket.socket, values: dict[str, str], *, last: bool) -> None:
    """What a file is called in its archive."""
    send(connection, {"identity": values, "last": last})


def send_refusal(connection: socket.socket, error: IntakeError, *, last: bool) -> None:
    """A typed reason in place of a scan."""
    send(connection, {"refused": [error.code, str(error)], "last": last})


def _sure(claim: bool) -> None:
    if not claim:
        raise BrokenWireError


def _string(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_STRING:
        raise BrokenWireError
    return value


def _number(value: object) -> float:
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BrokenWireError
    return float(value)


def _whole(value: object, low: int, high: int) -> int:
    if not isinstance(value, int) or not low <= value <= high:
        raise BrokenWireError
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MAX_LIST:
        raise BrokenWireError
    return value


def receive_identity(connection: socket.socket) -> tuple[dict[str, str], bool]:
    """What a file is called, every field checked; and whether the child ends after this.

    Raises:
        RefusedError: with the child's typed reason.
        BrokenWireError: the child hung up or broke the form.
    """
    message = receive(connection)
    _raise_refusal(message)
    values = message.get("identity")
    if not isinstance(values, dict) or values.keys() != IDENTITY:
        raise BrokenWireError
    _sure(all(isinstance(text, str) and len(text) <= _LONGEST_NAME for text in values.values()))
    return values, bool(message.get("last"))


def _raise_refusal(message: dict[str, Any]) -> None:
    if "refused" in message:
        reason = [_string(value) for value in _list(message["refused"])]
        _sure(len(reason) == 2 and reason[0] in REASONS)
        raise RefusedError(IntakeError(*reason), bool(message.get("last")))


def receive_scan(connection: socket.socket, allowed: frozenset[str]) -> tuple[Scan, bool]:
    """A scan from a child, every field checked; and whether the child ends after this.

    Args:
        connection: to the child.
        allowed: keys that attributes may have.

    Raises:
        RefusedError: with the child's typed reason.
        BrokenWireError: the child hung up or broke the form.
    """
    message = receive(connection)
    last = bool(message.get("last"))
    _raise_refusal(message)
    shape = _list(message.get("shape"))
    _sure(len(shape) == 2)
    height, width = (_whole(side, 1, limits.MAX_SIDE) for side in shape)
    _sure(height * width <= limits.MAX_PIXELS and message.get("kind") in sniff.READABLE)
    attributes = message.get("attributes")
    if not isinstance(attributes, dict) or not attributes.keys() <= allowed:
        raise BrokenWireError
    frames = _whole(message.get("frames"), 1, limits.MAX_FRAMES)
    spacing = message.get("spacing_mm")
    _sure(spacing is None or (isinstance(spacing, list) and len(spacing) == 2))
    presets = [_window(_list(preset)) for preset in _list(message.get("windows"))]
    key, study = message.get("series_key"), message.get("study_key")
    pixels = np.empty((height, width), np.float32)
    scan = Scan(
        pixels=pixels,
        sha256="",
        kind=str(message["kind"]),
        is_hounsfield=bool(message.get("is_hounsfield")),
        colourfulness=_number(message.get("colourfulness")),
        windows=tuple(presets),
        frame=_whole(message.get("frame"), 0, frames - 1),
        frames=frames,
        attributes=MappingProxyType({key: _string(attributes[key]) for key in attributes}),
        series_key=None if key is None else _string(key),
        study_key=None if study is None else _string(study),
        spacing_mm=None if spacing is None else (_number(spacing[0]), _number(spacing[1])),
        aspect=aspect(_number(message.get("aspect")), 1.0),
        warnings=tuple(_string(sentence) for sentence in _list(message.get("warnings"))),
    )
    tables = [preset.table for preset in presets if preset.table is not None]
    for numbers in (pixels, *tables):
        receive_into(connection, numbers.view(np.uint8).reshape(-1).data)
    _sure(all(((table >= 0) & (table <= 1)).all() for table in tables))
    return scan, last


def _window(preset: list[Any]) -> Window:
    _sure(len(preset) == 6 and preset[3] in FUNCTIONS)
    name, center, width, function, first, entries = preset
    _sure(_number(width) > 0)
    table = np.empty(entries, np.float32) if _whole(entries, 0, _MOST_ENTRIES) else None
    return Window(_string(name), _number(center), _number(width), function, table, _number(first))
