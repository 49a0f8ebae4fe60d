"""What stands between the network and Streamlit: every request passes here before it.

It closes what the pages do not need, tells browsers what a page may load and who may frame it,
takes an upload's bytes only for a session that may give them and only up to its bounds, and
sends visitors away with a sentence while the dashboard is full.
"""

import asyncio
import os
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from arncnn.errors import ArncnnError
from arncnn.intake.limits import MAX_RECEIVED_BYTES, MAX_UPLOAD_BYTES, MIB
from pages.ui import data_set_upload, pixels, workarounds
from pages.ui.door import Door
from pages.ui.page_script import PageScript

SESSIONS = "ARNCNN_MAX_SESSIONS"
_SESSIONS = 60  # `make load` measures 50: 95 of 100 pages within 0.1 s on two idle cores
_INSIDE = "/_stcore/"
_OPEN_INSIDE = frozenset({"health", "host-config", "stream", "upload_file", "bidi-components"})
_FRAMING = MIB  # bytes of a request beside the file that it carries
_LOOK_EVERY = MIB // 4  # bytes of an upload between two looks at the bounds
_HANG_UP = {"Connection": "close"}
_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Allowance:
    """What a session may upload.

    Attributes:
        check: raises an ``ArncnnError`` once the person at the screen may not any more.
        limit_bytes: of one file.
        to_disk: whether it goes to the disk as it arrives, as a data set does.
    """

    check: Callable[[], object]
    limit_bytes: int
    to_disk: bool = False


_allowances: dict[str, Allowance] = {}  # by session


def allow_uploads(check: Callable[[], object], *, limit_bytes: int, to_disk: bool = False) -> None:
    """Lets this page's session upload files; without it none of their bytes is taken.

    Args:
        check: raises an ``ArncnnError`` once the person at the screen may not any more.
        limit_bytes: of one file.
        to_disk: whether it goes to the disk as it arrives, see ``data_set_upload``.
    """
    if (session_id := workarounds.session()) is not None:
        _allowances[session_id] = Allowance(check, limit_bytes, to_disk)


class Gate:
    """The one layer round Streamlit's application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._most_sessions = int(os.environ.get(SESSIONS) or _SESSIONS)
        self._sessions = 0
        self._arriving: Counter[str] = Counter()  # bytes of unfinished uploads, by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request or hands it on."""
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, _guarded(scope, send))
        else:
            await self._app(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        is_ours = is_own_origin(headers.get("origin"), headers.get("host"))
        if not is_ours or self._sessions >= self._most_sessions:
            await send({"type": "websocket.close", "code": 1008 if not is_ours else 1013})
            return
        self._sessions += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._sessions -= 1
            wait_s = workarounds.seconds_to_reconnect() + 1
            asyncio.get_running_loop().call_later(wait_s, _forget_closed_sessions)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        inside = path.partition(_INSIDE)[2].split("/")
        origin, host = headers.get("origin"), headers.get("host")
        answer: PlainTextResponse | None = None
        if _INSIDE in path and inside[0] not in _OPEN_INSIDE:
            answer = PlainTextResponse("Not found", 404)
        elif inside[0] != "health" and not workarounds.is_host_allowed(host):
            answer = PlainTextResponse("This dashboard is not served under that name.", 421)
        elif origin is not None and not is_own_origin(origin, host):
            answer = PlainTextResponse("Requests from other sites are not allowed.", 403)
        elif self._is_full(scope, headers):
            answer = PlainTextResponse(
                f"The dashboard is full: {self._sessions} sessions are open. Nothing of "
                "yours is lost. Please try again in a minute.",
                503,
                {"Retry-After": "60"},
            )
        elif inside[0] == "upload_file" and scope["method"] == "PUT":
            try:
                await self._take_upload(inside[1], headers, scope, receive, send)
            except HTTPException as refused:
                answer = PlainTextResponse(refused.detail, refused.status_code, _HANG_UP)
        else:
            await self._app(scope, receive, send)
        if answer is not None:
            await answer(scope, receive, send)

    def _is_full(self, scope: Scope, headers: Headers) -> bool:
        is_page = scope["method"] == "GET" and "text/html" in headers.get("accept", "")
        return is_page and self._sessions >= self._most_sessions

    async def _take_upload(
        self, session_id: str, headers: Headers, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Hands an upload on while its bytes keep to the bounds.

        Raises:
            HTTPException: it is refused before its body was read.
        """
        allowance = _allowances.get(session_id)
        if allowance is None or not workarounds.is_open(session_id):
            raise HTTPException(401, "Open the page Read a scan, and upload there.")
        try:
            await run_in_threadpool(allowance.check)
        except ArncnnError as error:
            raise HTTPException(403, str(error)) from error
        length = headers.get("content-length", "0")
        self._bound(session_id, allowance, int(length) if length.isdecimal() else 0, 0)
        taken = looked_at = 0

        async def counted() -> Message:
            nonlocal taken, looked_at
            message = await receive()
            size = len(message.get("body", b""))
            taken += size
            self._arriving[session_id] += size if not allowance.to_disk else 0
            if taken >= looked_at + _LOOK_EVERY or not message.get("more_body"):
                looked_at = taken
                self._bound(session_id, allowance, taken, taken)
            return message

        async def hanging_up(message: Message) -> None:
            if message.get("status", 0) >= 400:  # what of the body is under way is not read
                if arrived is not None:
                    arrived.unlink(missing_ok=True)
                MutableHeaders(raw=message["headers"]).update(_HANG_UP)
            await send(message)

        arrived: Path | None = None
        try:
            if allowance.to_disk:
                diverted, replay, arrived = await data_set_upload.divert(scope, counted)
                await self._app(diverted, replay, hanging_up)
            else:
                await self._app(scope, counted, hanging_up)
        finally:
            self._arriving[session_id] -= taken if not allowance.to_disk else 0
            if not self._arriving[session_id]:
                del self._arriving[session_id]
            if not workarounds.is_open(session_id):
                _forget_closed_sessions()

    def _bound(self, session_id: str, allowance: Allowance, size: int, counted: int) -> None:
        held = Counter(workarounds.held_bytes()) + self._arriving
        more = size - counted  # what is announced and not yet held
        if size > allowance.limit_bytes + _FRAMING:
            limit = f"A file may have at most {allowance.limit_bytes // MIB} MB."
            raise HTTPException(413, limit, _HANG_UP)
        if allowance.to_disk:
            data_set_upload.check_room(more)
            return
        if held[session_id] + more > MAX_UPLOAD_BYTES + _FRAMING:
            limit = (
                f"At most {MAX_UPLOAD_BYTES // MIB} MB can be uploaded at once. Upload it in parts."
            )
            raise HTTPException(413, limit, _HANG_UP)
        if held.total() + more > MAX_RECEIVED_BYTES:
            raise HTTPException(
                429, "Too many uploads are in progress. Try again in a minute.", _HANG_UP
            )


LAYERS = (
    Middleware(Gate),
    Middleware(Door),
    Middleware(PageScript),
    Middleware(pixels.Pixels),
)


def is_own_origin(origin: str | None, host: str | None) -> bool:
    """Whether a request comes from this dashboard's own pages, or from an origin that may.

    >>> is_own_origin("http://localhost:8501", "localhost:8501")
    True
    >>> is_own_origin("http://localhost:9999", "localhost:8501"), is_own_origin(None, "a")
    (False, False)
    """
    own = {f"{scheme}://{host}" for scheme in ("http", "https")}
    return origin in own or origin in config.get_option("server.corsAllowedOrigins")


def _forget_closed_sessions() -> None:
    known = workarounds.forget_closed_sessions()
    pixels.forget_all_but(known)
    for session_id in _allowances.keys() - known:
        del _allowances[session_id]


def _guarded(scope: Scope, send: Send) -> Send:
    """Adds to every answer what a browser has to keep to."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=_raw(message))
            headers.update(_HEADERS)
            headers["Content-Security-Policy"] = _policy(Headers(scope=scope).get("host", ""))
            if scope["path"].startswith("/media/"):
                headers["Cache-Control"] = "no-store"
            message["headers"] = headers.raw
        await send(message)

    return guarded


def _raw(message: MutableMapping[str, Any]) -> list[tuple[bytes, bytes]]:
    return list(message.get("headers", ()))


@cache
def _scripts() -> str:
    """The inline scripts of Streamlit's document, by their sums."""
    found = re.findall(r"<script>(.*?)</script>", workarounds.start_page(), re.DOTALL)
    sums = (b64encode(sha256(script.encode()).digest()).decode() for script in found)
    return " ".join(f"'sha256-{digest}'" for digest in sums)


def _policy(host: str) -> str:
    """What a page may load: its own; pictures and workers that a script of its own has made.

    Styles are written by Streamlit's scripts, which no browser can tell from others'.
    """
    named = host if workarounds.is_host_allowed(host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {_scripts()}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' {f'ws://{named} wss://{named}' if named else ''}",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
