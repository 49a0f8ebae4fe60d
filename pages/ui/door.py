"""Without accounts, only who was given the start's token gets in: the machine's other users do not.

The address that is printed at the start carries the token; it is exchanged for a cookie that
no script can read, so that a refresh and a second tab need it no more. Everything but the health
check stands behind it: pages, websocket, uploads and pictures. Without it one page says where the
address was printed, and takes the token. Where accounts are configured nobody needs it.
"""

import hmac
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import URL, Headers
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from arncnn.errors import UsageError
from pages.ui import startup

_PARAMETER = "token"
_OPEN = "/_stcore/health"
_CLOSED = "No accounts are configured, so this dashboard serves its own machine only."
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>ARN-CNN Dashboard</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{color-scheme:light dark}
body{font:1.1rem/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem}
input{font:inherit;width:100%;box-sizing:border-box;margin:.5rem 0}button{font:inherit}</style>
</head><body><main><h1>ARN-CNN Dashboard</h1>
<p>This dashboard has no accounts, so it opens only for the person who started it. Its address,
with the token, was printed in the terminal (or the log) where it was started: open that address,
or enter the token.</p>WRONG
<form method="get"><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="off" autofocus required>
<button type="submit">Open</button></form></main></body></html>
"""


def cookie(token: str) -> tuple[str, str]:
    """The name and the value of the cookie; dashboards on one machine do not share the name."""
    return f"arncnn_{sha256(token.encode()).hexdigest()[:12]}", token


class Door:
    """Lets in who has the token, as a cookie or for once in the address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request on, or answers it with the page that asks for the token."""
        is_asked = scope["type"] in ("http", "websocket") and scope["path"] != _OPEN
        token = startup.token() if is_asked and not _has_accounts() else None
        if token is None or (_is_own_machine(scope) and _has_cookie(scope, token)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif not _is_own_machine(scope):
            await PlainTextResponse(_CLOSED, HTTPStatus.FORBIDDEN)(scope, receive, send)
        else:
            await _answer(scope, token)(scope, receive, send)


def _has_accounts() -> bool:
    """Whether the pages themselves see to it who is served, as they do when accounts are broken."""
    try:
        return startup.accounts()
    except UsageError:
        return True


def _is_own_machine(scope: Scope) -> bool:
    """However the server was told to listen, the connection itself says which address it is on."""
    return startup.is_own_machine((scope.get("server") or ("",))[0])


def _has_cookie(scope: Scope, token: str) -> bool:
    name, value = cookie(token)
    given = (text for key, text in Headers(scope=scope).items() if key == "cookie")
    return any(_is(cookie_parser(text).get(name), value) for text in given)


def _is(given: str | None, token: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), token.encode())


def _answer(scope: Scope, token: str) -> ASGIApp:
    address = URL(scope=scope)
    query = parse_qsl(address.query, keep_blank_values=True)
    given = next((value for key, value in query if key == _PARAMETER), None)
    if scope["method"] == "GET" and _is(given, token):
        left = urlencode([item for item in query if item[0] != _PARAMETER])
        target = f"{scope['path']}?{left}" if left else scope["path"]
        # Two slashes at the start would name another host.
        opened = RedirectResponse("/" + target.lstrip("/"), HTTPStatus.SEE_OTHER)
        name, value = cookie(token)
        opened.set_cookie(name, value, httponly=True, samesite="strict", path="/")
        opened.headers["Cache-Control"] = "no-store"
        return opened
    wrong = "" if given is None else "<p><b>This token is not correct.</b></p>"
    headers = {"Cache-Control": "no-store", "Connection": "close"}
    return HTMLResponse(_PAGE.replace("WRONG", wrong), HTTPStatus.UNAUTHORIZED, headers)
