"""What a person waits for in a real browser: first page, first reading, upload to result, pages."""

import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.dashboard import started, visitor
from tests.load import pages, scans
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


def every_page(browser: Browser, address: str, rounds: int) -> dict[str, dict[str, float]]:
    """How long each page takes to be painted, see ``tests.load.pages``."""
    page = _visit(browser, address, counted := pages.Runs())
    found = pages.every_page(page, counted, rounds)
    page.context.close()
    return found


def _visit(browser: Browser, address: str, counted: pages.Runs | None = None) -> Page:
    page = visitor(browser, viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(_PATIENCE_MS)
    if counted is not None:
        page.on("websocket", counted.listen)
    page.goto(address, wait_until="commit")
    page.locator('input[type="file"]').wait_for(state="attached")
    return page
