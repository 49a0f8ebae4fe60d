"""What of our own every page begins with: one script and one style sheet, put into the document.

Streamlit gives a page no place for a script, and the content policy allows none in a page's text.
So the document gets a line that loads it from here, and names the files of the first page's
components, which a browser else asks for one after the other once the page's content has come.
A style sheet it would take from a page's text; but it would be sent, cleaned and read anew with
every page. In the body it comes after Streamlit's own rules and before those of a page's text.
"""

from functools import cache

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arncnn.config import ASSETS
from pages.ui import pixels, workarounds

NAME = "arn-page.js"
FIRST_PAGE = ("Html", "FileUploader", "Button", "ImageList")  # its components
_HEAD_ENDS, _PAGE_BEGINS = b"</head>", b'<div id="root">'
# With these the document would come packed, in part, or not at all because it has not changed.
_LEFT_OUT = frozenset({b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"})


class PageScript:
    """Serves the script; names it in the document that every page begins with, with the style."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request for the script; hands others on."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
        elif scope["path"].endswith(f"/{NAME}"):
            headers = {"Cache-Control": "no-cache"}
            answer = Response(_script(), media_type="text/javascript", headers=headers)
            await answer(scope, receive, send)
        elif any(name == b"accept" and b"text/html" in value for name, value in scope["headers"]):
            kept = [(name, value) for name, value in scope["headers"] if name not in _LEFT_OUT]
            document = _Document(send)
            await self._app({**scope, "headers": kept, "extensions": {}}, receive, document)
        else:
            await self._app(scope, receive, send)


class _Document:
    """Sends an answer on; a whole HTML document with the script's line and the style sheet."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_document(message):
            self._start = message
            return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = self._body.replace(_HEAD_ENDS, _tag() + _HEAD_ENDS, 1)
        body = body.replace(_PAGE_BEGINS, _style() + _PAGE_BEGINS, 1)
        headers = MutableHeaders(raw=list(self._start["headers"]))
        headers["content-length"] = str(len(body))
        del headers["etag"]
        await self._send({**self._start, "headers": headers.raw})
        await self._send({**message, "body": body})


def _is_document(message: Message) -> bool:
    headers = dict(message["headers"])
    is_html = headers.get(b"content-type", b"").startswith(b"text/html")
    return message["status"] == 200 and is_html and b"content-encoding" not in headers


@cache
def _tag() -> bytes:
    """The script's line, with the viewer's code to fetch ahead, and the first page's components."""
    ahead = "".join(
        f'<link rel="modulepreload" crossorigin href="./{script}">'
        for script in workarounds.scripts_of(*FIRST_PAGE)
    )
    return f'{ahead}<script src="./{NAME}" data-ahead=".{pixels.code()}"></script>'.encode()


@cache
def _style() -> bytes:
    return b"<style>" + (ASSETS / "theme" / "dashboard.css").read_bytes() + b"</style>"


@cache
def _script() -> bytes:
    return (ASSETS / "theme" / "page.js").read_bytes()
