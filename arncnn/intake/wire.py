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
from arncnn.intake.reasons import REASONS
from arncnn.intake.scan import Scan, Window

# To the fork server: b"F" fork (a socket travels along), or b"E" end a worker (its id)
COMMAND = struct.Struct("!cq")
REPLY = struct.Struct("!q")  # the worker's id; or its exit status as os.waitpid gives it
_LENGTH = struct.Struct("!I")
_MAX_MESSAGE = 256 * 1024  # JSON; the allowlist at its longest is a few thousand bytes
_MAX_STRING = 512
_MAX_LIST = 64
_PIXEL = np.dtype("<f4")


class Broken(Exception):
    """The other side hung up, or what it said makes no sense."""


def receive_into(connection: socket.socket, view: memoryview) -> None:
    """Fills ``view`` from the connection."""
    filled = 0
    while filled < len(view):
        count = connection.recv_into(view[filled:], len(view) - filled)
        if not count:
            raise Broken
        filled += count


def receive(connection: socket.socket) -> dict[str, Any]:
    """One JSON object."""
    head = bytearray(_LENGTH.size)
    receive_into(connection, memoryview(head))
    length = _LENGTH.unpack(head)[0]
    if length > _MAX_MESSAGE:
        raise Broken
    body = bytearray(length)
    receive_into(connection, memoryview(body))
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise Broken from None
    if not isinstance(message, dict):
        raise Broken
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
            "windows": [[preset.name, preset.center, preset.width] for preset in scan.windows],
            "frame": scan.frame,
            "frames": scan.frames,
            "attributes": dict(scan.attributes),
            "series_key": scan.series_key,
            "spacing_mm": scan.spacing_mm,
            "warnings": scan.warnings,
            "last": last,
        },
    )
    pixels = np.ascontiguousarray(scan.pixels, _PIXEL)
    connection.sendall(memoryview(pixels).cast("B"))


def send_refusal(connection: socket.socket, error: IntakeError, *, last: bool) -> None:
    """A typed reason in place of a scan."""
    send(connection, {"refused": [error.code, str(error)], "last": last})


def _sure(claim: bool) -> None:
    if not claim:
        raise Broken


def _string(value: object) -> str:
    _sure(isinstance(value, str) and len(value) <= _MAX_STRING)
    return str(value)


def _number(value: object) -> float:
    _sure(isinstance(value, (int, float)) and math.isfinite(value))
    return float(value)  # type: ignore[arg-type]  # made sure of above


def _whole(value: object, low: int, high: int) -> int:
    _sure(isinstance(value, int) and low <= value <= high)
    return int(value)  # type: ignore[call-overload]  # made sure of above


def _list(value: object) -> list[Any]:
    _sure(isinstance(value, list) and len(value) <= _MAX_LIST)
    return list(value)  # type: ignore[call-overload]  # made sure of above


def receive_scan(connection: socket.socket, allowed: frozenset[str]) -> tuple[Scan, bool]:
    """A scan from a child, every field checked; and whether the child ends after this.

    Args:
        connection: to the child.
        allowed: keys that attributes may have.

    Raises:
        IntakeError: the child's typed refusal; its ``last`` attribute is not carried.
        Broken: the child hung up or broke the form.
    """
    message = receive(connection)
    last = bool(message.get("last"))
    if "refused" in message:
        code, sentence = (_string(value) for value in [*_list(message["refused"]), "", ""][:2])
        _sure(code in REASONS)
        error = IntakeError(code, sentence)
        raise Refused(error, last)
    shape = _list(message.get("shape"))
    _sure(len(shape) == 2)
    height, width = (_whole(side, 1, limits.MAX_SIDE) for side in shape)
    _sure(height * width <= limits.MAX_PIXELS and message.get("kind") in sniff.READABLE)
    attributes = message.get("attributes")
    _sure(isinstance(attributes, dict) and attributes.keys() <= allowed)
    frames = _whole(message.get("frames"), 1, limits.MAX_FRAMES)
    spacing = message.get("spacing_mm")
    presets = [_list(preset) for preset in _list(message.get("windows"))]
    _sure(all(len(preset) == 3 for preset in presets))
    key = message.get("series_key")
    pixels = np.empty((height, width), np.float32)
    scan = Scan(
        pixels=pixels,
        sha256="",
        kind=str(message["kind"]),
        is_hounsfield=bool(message.get("is_hounsfield")),
        colourfulness=_number(message.get("colourfulness")),
        windows=tuple(Window(_string(n), _number(c), _number(w)) for n, c, w in presets),
        frame=_whole(message.get("frame"), 0, frames - 1),
        frames=frames,
        attributes=MappingProxyType({key: _string(attributes[key]) for key in attributes}),
        series_key=None if key is None else _string(key),
        spacing_mm=None if spacing is None else (_number(spacing[0]), _number(spacing[1])),
        warnings=tuple(_string(sentence) for sentence in _list(message.get("warnings"))),
    )
    receive_into(connection, memoryview(pixels).cast("B"))
    return scan, last


class Refused(Exception):
    """A child's typed refusal, and whether the child ends after it."""

    def __init__(self, error: IntakeError, last: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.last = last
