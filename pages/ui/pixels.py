"""What the viewer in a page fetches by itself: its own code, once, and the pixels it may see.

The code's address holds its sum, so a browser keeps it for good. Pixels cross as raw bytes, not
in the messages of the page, and only to the browser and the session that they were offered to,
for as long as the person there may see the case.
"""

import gzip
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b, sha256
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arncnn.config import ASSETS
from arncnn.errors import ArncnnError
from arncnn.figures.viewer_pixels import ViewerPixels
from pages.ui import workarounds

COMPONENT = "arn_viewer"
SCRIPT = ASSETS / "viewer" / "viewer.js"
_PLACE = f"/_stcore/bidi-components/{COMPONENT}/"
_PIXELS = "pixels"
_COOKIE = "arncnn_browser"
_NAMING_KEY = secrets.token_bytes(32)  # of stacks' addresses; a restart makes another
_FOR_GOOD = "private, max-age=31536000, immutable"


@dataclass(frozen=True)
class _Offer:
    """A stack of slices that a session may look through.

    Attributes:
        session_id: the session.
        browser: what that session's browser was given as cookie; empty where it has none.
        count: slices.
        load: gives one by its place, from 0; raises an ``ArncnnError`` to who may not see it.
    """

    session_id: str
    browser: str
    count: int
    load: Callable[[int], ViewerPixels]


_offers: dict[str, _Offer] = {}  # by the name in the address


def offer(name: str, count: int, load: Callable[[int], ViewerPixels]) -> str:
    """Lets this page's session fetch a stack of slices; gives the stack's part of the address.

    The same stack has the same address through a session, and another in every other one.

    Args:
        name: of the stack, the same for the same pixels.
        count: slices.
        load: gives one by its place, from 0; raises an ``ArncnnError`` to who may not see it.
    """
    session_id = workarounds.session() or ""
    hidden = blake2b(name.encode(), digest_size=16, key=_NAMING_KEY)
    hidden.update(b"\0" + session_id.encode())
    address = hidden.hexdigest()
    browser = st.context.cookies.get(_COOKIE, "")
    _offers[address] = _Offer(session_id, browser, count, load)
    return address


def forget_all_but(session_ids: Collection[str]) -> None:
    """Forgets what was offered to sessions that nobody can come back to."""
    for address, offered in tuple(_offers.items()):
        if offered.session_id not in session_ids:
            _offers.pop(address, None)


def code() -> str:
    """Where the code is served; the address changes with the code."""
    return f"{_PLACE}{_version()}/{SCRIPT.name}"


def mount(key: str, data: Mapping[str, Any], **options: Any) -> Mapping[str, Any]:
    """Draws the viewer.

    Args:
        key: of the place on the page and the case.
        data: what it shows, see ``pages.ui.shared.viewer``.
        options: what is called when it tells something.
    """
    address = f"{_version()}/{SCRIPT.name}"
    return workarounds.mount(COMPONENT, SCRIPT, address, key=key, data=data, **options)


@cache
def _version() -> str:
    return sha256(_script()).hexdigest()[:16]


class Pixels:
    """The layer that answers the viewer's own requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request or hands it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _, is_ours, rest = scope["path"].partition(_PLACE)
        if not is_ours:
            await self._app(scope, receive, _naming_browser(scope, send))
            return
        parts = rest.split("/")
        if scope["method"] != "GET":
            answer: Response = PlainTextResponse("Not allowed", 405)
        elif parts[0] == _PIXELS:
            answer = await run_in_threadpool(_pixels, parts[1:], _browser(scope))
        else:
            answer = _code(parts, Headers(scope=scope))
        await answer(scope, receive, send)


def _code(parts: list[str], headers: Headers) -> Response:
    if parts != [_version(), SCRIPT.name]:
        return PlainTextResponse("Not found", 404)
    is_packed = "gzip" in headers.get("accept-encoding", "")
    answer = Response(_packed() if is_packed else _script(), media_type="text/javascript")
    answer.headers["Cache-Control"] = _FOR_GOOD
    answer.headers["Vary"] = "Accept-Encoding"
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def _pixels(parts: list[str], browser: str) -> Response:
    no_store = {"Cache-Control": "no-store"}
    offered = _offers.get(parts[0]) if len(parts) == 2 and parts[1].isdecimal() else None
    if offered is None or not workarounds.is_open(offered.session_id):
        return PlainTextResponse("This image is no longer available.", 404, no_store)
    if offered.browser != browser:
        return PlainTextResponse("This image belongs to another session.", 403, no_store)
    index = int(parts[1])
    if index >= offered.count:
        return PlainTextResponse("This slice does not exist.", 404, no_store)
    try:
        found = offered.load(index)
    except ArncnnError as error:
        return PlainTextResponse(str(error), 403, no_store)
    return Response(
        found.values,
        media_type="application/octet-stream",
        headers={**no_store, "Arncnn-Scan": found.about},
    )


def _naming_browser(scope: Scope, send: Send) -> Send:
    """Gives a browser that opens a page a cookie that no script can read, if it has none."""
    headers = Headers(scope=scope)
    if "text/html" not in headers.get("accept", "") or _browser(scope):
        return send

    async def naming(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered = MutableHeaders(raw=list(message.get("headers", ())))
            name = secrets.token_hex(16)
            answered.append("set-cookie", f"{_COOKIE}={name}; HttpOnly; Path=/; SameSite=Strict")
            message["headers"] = answered.raw
        await send(message)

    return naming


def _browser(scope: Scope) -> str:
    given = (text for key, text in Headers(scope=scope).items() if key == "cookie")
    return next((found for text in given if (found := cookie_parser(text).get(_COOKIE))), "")


@cache
def _script() -> bytes:
    return SCRIPT.read_bytes()


@cache
def _packed() -> bytes:
    return gzip.compress(_script(), 9, mtime=0)
