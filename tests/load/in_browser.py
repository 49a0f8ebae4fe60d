"""What a person waits for in a real browser: first page, first reading, upload to result, pages."""

import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, WebSocket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.ui.navigation import SECTIONS
from tests.browser.dashboard import started
from tests.load import scans
from tests.load.sessions import SAMPLE, percentiles

_PATIENCE_MS = 180_000
_QUIET_MS = 1500  # a page that has sent nothing for so long has ended its reruns
_WARM_UP = 2


def cold_start(browser: Browser, folder: Path) -> dict[str, float]:
    """Seconds from starting the process to the first page painted and the first reading."""
    with started(folder) as dashboard:
        page = _visit(browser, dashboard.address)
        page.get_by_role("heading", level=1).wait_for()
        painted = time.monotonic() - dashboard.started_at
        page.get_by_role("button", name=SAMPLE, exact=True).first.click()
        page.locator(".arn-verdict").wait_for()
        read = time.monotonic() - dashboard.started_at
        page.context.close()
    return {"first_paint_s": painted, "first_reading_s": read}


def uploads(browser: Browser, address: str, repeats: int) -> dict[str, Any]:
    """Seconds from giving a file to its verdict on the screen; the kinds take turns."""
    page = _visit(browser, address)
    seconds: dict[str, list[float]] = {kind: [] for kind in scans.KINDS}
    for turn in range(repeats + _WARM_UP):
        for kind, make in scans.KINDS.items():
            content = make(10_000 + turn)
            page.get_by_role("link", name="Read a scan").click()
            uploader = page.locator('input[type="file"]')
            uploader.wait_for(state="attached")
            page.locator(".arn-verdict").wait_for(state="detached")
            page.wait_for_timeout(_QUIET_MS)
            file = {"name": kind, "mimeType": "application/octet-stream", "buffer": content}
            began = time.perf_counter()
            uploader.set_input_files(file)
            page.locator(".arn-verdict").wait_for()
            if turn >= _WARM_UP:
                seconds[kind].append(time.perf_counter() - began)
    page.context.close()
    return {kind: percentiles(values) for kind, values in seconds.items()}


def every_page(browser: Browser, address: str) -> dict[str, dict[str, float]]:
    """For every page, opened by its link twice: seconds to its head and end, runs of the script.

    The second time counts: what a page keeps once computed is computed by then, as after
    the first visitor of the day.
    """
    page = _visit(browser, address, counted := _Runs())
    page.get_by_role("button", name=SAMPLE, exact=True).first.click()
    page.locator(".arn-verdict").wait_for()
    found = {}
    for _ in range(2):
        for entry in (entry for entries in SECTIONS.values() for entry in entries):
            page.wait_for_timeout(_QUIET_MS)
            counted.runs, counted.ended_at = 0, 0.0
            began = time.perf_counter()
            page.get_by_role("link", name=entry.title, exact=True).click()
            page.get_by_role("heading", level=1, name=entry.title, exact=True).wait_for()
            head = time.perf_counter() - began
            page.wait_for_timeout(_QUIET_MS)
            while counted.is_running:
                page.wait_for_timeout(100)
            found[entry.title] = {
                "head_s": head,
                "whole_s": counted.ended_at - began,
                "runs": counted.runs,
            }
    page.context.close()
    return found


class _Runs:
    """Counts runs of the script in what the server sends."""

    def __init__(self) -> None:
        self.runs = 0
        self.ended_at = 0.0
        self.is_running = False

    def listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._see)

    def _see(self, payload: bytes | str) -> None:
        message = ForwardMsg()
        message.ParseFromString(payload if isinstance(payload, bytes) else payload.encode())
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.runs, self.is_running = self.runs + 1, True
        elif kind == "script_finished":
            self.ended_at, self.is_running = time.perf_counter(), False


def _visit(browser: Browser, address: str, counted: _Runs | None = None) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(_PATIENCE_MS)
    if counted is not None:
        page.on("websocket", counted.listen)
    page.goto(address, wait_until="commit")
    page.locator('input[type="file"]').wait_for(state="attached")
    return page
