"""A visitor without a browser: speaks to the dashboard over its websocket, as the front end does.

It times what the server does, from a click to the end of the script that the click started,
reruns and page changes in between included.
"""

import asyncio
import time
import urllib.request
import uuid
from collections.abc import Sequence
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from pages.ui import door
from tests.browser.dashboard import TOKEN

_COOKIE = "_streamlit_xsrf"
_PATIENCE_S = 120.0


class Visitor:
    """One session of the dashboard.

    Attributes:
        errors: exceptions and failure notices that were drawn, in order.
        runs: how often the script ran.
        query: of the page in view, as its address has it.
        texts: what the page in view says, as Markdown or HTML.
        session_id: what the dashboard calls this session.
    """

    def __init__(self, address: str, socket: ClientConnection, token: str, extra: str) -> None:
        self.errors: list[str] = []
        self.runs = 0
        self.query = ""
        self.texts: list[str] = []
        self._address = address
        self._socket = socket
        self._token = token
        self._extra = extra
        self.session_id = ""
        self._page_hash = ""
        self._buttons: dict[str, str] = {}
        self._uploader = ""

    @classmethod
    async def arrive(cls, address: str, cookie: str = "") -> Self:
        """Opens a session; nothing has been drawn yet.

        Args:
            address: of the dashboard, or of what stands before several.
            cookie: ``name=value`` to bring besides, by which a proxy knows its visitors.
        """
        token = await asyncio.to_thread(_token, address)
        socket = await connect(
            address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=["streamlit", token or "none"],  # type: ignore[list-item]
            additional_headers={"Cookie": _cookies(token, cookie)},
            origin=address,  # type: ignore[arg-type]
            max_size=None,
            ping_interval=None,  # a machine under load answers late; the patience here decides
        )
        return cls(address, socket, token, cookie)

    async def leave(self) -> None:
        """Closes the session's connection."""
        await self._socket.close()

    async def open(self, page: str, query: str = "") -> float:
        """Opens a page by its address; gives the seconds until it is drawn."""
        return await self._run(page=page, query=query)

    async def again(self) -> float:
        """Runs the page in view once more, as any widget on it would."""
        return await self._run()

    async def press(self, label: str) -> float:
        """Presses a button of the page in view by its label."""
        return await self._run([WidgetState(id=self._buttons[label], trigger_value=True)])

    async def upload(self, name: str, content: bytes) -> float:
        """Gives a file; the seconds from the first byte sent to the reading's page."""
        began = time.perf_counter()
        message = BackMsg()
        message.file_urls_request.request_id = uuid.uuid4().hex
        message.file_urls_request.session_id = self.session_id
        message.file_urls_request.file_names.append(name)
        await self._socket.send(message.SerializeToString())
        while not (received := await self._receive()).HasField("file_urls_response"):
            pass
        urls = received.file_urls_response.file_urls[0]
        await asyncio.to_thread(self._put, urls.upload_url, name, content)
        state = WidgetState(id=self._uploader)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = urls.file_id, name, len(content)
        info.file_urls.CopyFrom(urls)
        await self._run([state])
        return time.perf_counter() - began

    async def _run(
        self, widgets: Sequence[WidgetState] = (), *, page: str | None = None, query: str = ""
    ) -> float:
        message = BackMsg()
        message.rerun_script.query_string = query
        if page is None:
            message.rerun_script.page_script_hash = self._page_hash
        else:
            message.rerun_script.page_name = page
        message.rerun_script.widget_states.widgets.extend(widgets)
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        while not _is_end(await self._receive()):
            pass
        return time.perf_counter() - began

    async def _receive(self) -> Any:
        data = await asyncio.wait_for(self._socket.recv(), _PATIENCE_S)
        message = ForwardMsg()
        message.ParseFromString(data if isinstance(data, bytes) else data.encode())
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.runs += 1
            self.texts = []
            self._page_hash = message.new_session.page_script_hash
            self.session_id = message.new_session.initialize.session_id or self.session_id
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.HasField("new_element"):
            self._see(message.delta.new_element)
        return message

    def _see(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "button":
            self._buttons[element.button.label] = element.button.id
        elif kind == "file_uploader":
            self._uploader = element.file_uploader.id
        elif kind in ("markdown", "html"):
            self.texts.append(element.markdown.body if kind == "markdown" else element.html.body)
        elif kind == "exception":
            self.errors.append(element.exception.type or element.exception.message)
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self.errors.append(element.alert.body)

    def upload_headers(self, border: str) -> dict[str, str]:
        """What the front end sends with a file whose parts the border separates."""
        return {
            "Content-Type": f"multipart/form-data; boundary={border}",
            "Cookie": _cookies(self._token, self._extra),
            "X-Xsrftoken": self._token,
        }

    def _put(self, url: str, name: str, content: bytes) -> None:
        border = uuid.uuid4().hex
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        request = urllib.request.Request(
            self._address + "/" + url.lstrip("/"),
            data=head.encode() + content + f"\r\n--{border}--\r\n".encode(),
            method="PUT",
            headers=self.upload_headers(border),
        )
        with urllib.request.urlopen(request, timeout=_PATIENCE_S):
            pass


def _is_end(message: Any) -> bool:
    finished = message.WhichOneof("type") == "script_finished"
    return finished and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY


def _cookies(token: str, extra: str) -> str:
    own = f"{_COOKIE}={token}; {'='.join(door.cookie(TOKEN))}"
    return f"{own}; {extra}" if extra else own


def _token(address: str) -> str:
    """The token against forged requests that the server hands out as a cookie."""
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=_PATIENCE_S) as answer:
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, rest = cookie.partition("=")
            if name == _COOKIE:
                return rest.partition(";")[0]
    return ""
