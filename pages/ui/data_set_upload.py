"""A data set's ZIP on its way to the disk: it may have 2 GB, and none of it is held in memory.

Streamlit keeps what is uploaded in memory. So the file is taken out of the request while it
arrives and written to ``<home>/data/arriving``; what Streamlit gets in its place, and the page
from it, is a ticket of 32 digits that the file can be fetched with, once.
"""

import re
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from arncnn import config
from arncnn.errors import IntakeError
from arncnn.intake.limits import MAX_DATA_SETS_WAITING, MIB
from pages.ui import workarounds

_FOLDER = "data/arriving"
_TICKET = re.compile(rb"[0-9a-f]{32}")
_OF_THE_BODY = (b"content-length", b"transfer-encoding")
_STALE_S = 86_400.0
_SPARE = 1024 * MIB  # of the disk; what is packed of the ZIP must fit beside it


async def divert(scope: Scope, receive: Receive) -> tuple[Scope, Receive, Path]:
    """The request with a ticket in place of its file, and where the file lies now.

    Raises:
        HTTPException: it is no upload of one file, or the disk has no room; nothing is left.
    """
    _, options = parse_options_header(Headers(scope=scope).get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    file = folder() / secrets.token_hex(16)
    part = _Part(boundary)
    try:
        with file.open("xb") as stream:
            file.chmod(0o600)
            await _receive(part, stream.write, receive)
    except BaseException as error:
        file.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise HTTPException(507, "There is not enough disk space for it.") from error
        raise
    body = b"\r\n".join(
        (b"--" + boundary, *part.headers, b"", file.name.encode(), b"--" + boundary + b"--", b"")
    )
    kept = [each for each in scope["headers"] if each[0] not in _OF_THE_BODY]
    headers = [*kept, (b"content-length", str(len(body)).encode())]
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay() -> Message:
        return next(messages, None) or await receive()

    return {**scope, "headers": headers}, replay, file


def check_room(size: int) -> None:
    """Raises ``HTTPException`` where the disk, or what may wait on it, has no room for as much."""
    place = folder()
    now = time.time()
    waiting = 0
    for file in place.iterdir():
        with suppress(FileNotFoundError):  # it has just been taken
            state = file.stat()
            if state.st_mtime < now - _STALE_S:
                file.unlink(missing_ok=True)
            else:
                waiting += state.st_size
    if waiting + size > MAX_DATA_SETS_WAITING:
        raise HTTPException(429, "Other data sets are waiting to be imported. Try again later.")
    if shutil.disk_usage(place).free < size + _SPARE:
        raise HTTPException(507, "There is not enough disk space for it.")


def take(given: workarounds.UploadedFile) -> Path:
    """The file that an upload's ticket stands for; the ticket is used up.

    Raises:
        IntakeError: it stands for none any more.
    """
    ticket = given.getvalue()
    workarounds.free_memory_of([given])
    found = folder() / ticket.decode() if _TICKET.fullmatch(ticket) else None
    if found is None or not found.is_file():
        raise IntakeError("missing", "The upload is incomplete. Upload the ZIP again.")
    return found.rename(found.with_name(f"{found.name}.zip"))


def folder() -> Path:
    """Where data sets arrive, for their owner's eyes only."""
    config.folder_at_home("data")
    return config.folder_at_home(_FOLDER)


class _Part:
    """The one part of a multipart body: its headers are kept, its content is handed on.

    Attributes:
        headers: as they came, without line ends.
    """

    def __init__(self, boundary: bytes) -> None:
        self.headers: list[bytes] = []
        self._name, self._value, self._parts = bytearray(), bytearray(), 0
        self._content: list[bytes] = []
        self._is_over = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_part_data": lambda data, start, end: self._content.append(data[start:end]),
                    "on_end": self._end,
                },
            )
        except MultipartParseError as error:
            raise HTTPException(400, "This is not a file upload.") from error

    def feed(self, data: bytes) -> list[bytes]:
        """Takes a piece of the body; gives the pieces of the file in it."""
        try:
            self._parser.write(data)
        except MultipartParseError as error:
            raise HTTPException(400, "The upload is damaged. Try again.") from error
        found, self._content = self._content, []
        return found

    def finish(self) -> None:
        """Raises ``HTTPException`` where the body broke off."""
        if not self._is_over or self._parts != 1:
            raise HTTPException(400, "The upload is incomplete. Try again.")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > 1:
            raise HTTPException(400, "One file at a time.")

    def _end_header(self) -> None:
        self.headers.append(bytes(self._name) + b": " + bytes(self._value))
        self._name, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        self._is_over = True


async def _receive(part: _Part, write: Callable[[bytes], object], receive: Receive) -> None:
    def store(data: bytes) -> None:
        for piece in part.feed(data):
            write(piece)

    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise HTTPException(400, "The upload was interrupted.")
        await run_in_threadpool(store, message.get("body", b""))
        more = bool(message.get("more_body"))
    part.finish()
