"""The viewer: seconds to its first picture of a large film, and from slice to slice of a CT.

Chromium without a graphics card draws WebGL in software, so both are slower than on a desk.
"""

from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.dashboard import visitor
from tests.load import scans
from tests.load.sessions import percentiles

_PATIENCE_MS = 180_000
_QUIET_MS = 1500  # a page that has sent nothing for so long has ended its reruns
_SLICES = 40
_ALL_READ = f"{_SLICES} files: {_SLICES} read."
_WARM_UP = 1
_READY = '[data-arn-viewer="ready"]'
# Milliseconds from the press to the frame in which the picture stands.
_FIRST = """link => new Promise(done => {
  const began = performance.now();
  const look = () => document.querySelector('[data-arn-viewer="ready"]')
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)))
    : requestAnimationFrame(look);
  link.click();
  look();
})"""
# Milliseconds from the key to the frame in which the next slice stands.
_NEXT = """host => new Promise(done => {
  const inside = host.shadowRoot ?? host, place = inside.querySelector(".marks .slice");
  const began = performance.now(), shown = place.textContent;
  const drawn = () => {
    if (place.textContent === shown) return;
    inside.querySelector(".canvas").removeEventListener("CORNERSTONE_IMAGE_RENDERED", drawn);
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  };
  inside.querySelector(".canvas").addEventListener("CORNERSTONE_IMAGE_RENDERED", drawn);
  inside.querySelector(".viewer").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown" }));
})"""


def measured(browser: Browser, address: str, repeats: int) -> dict[str, Any]:
    """Both, for visitors who have never opened a scan; no film and no slice is seen twice.

    A dashboard's first film is not counted, as it comes with the model.

    Args:
        browser: to be visited with.
        address: of the dashboard.
        repeats: films, and passes through a series of slices.
    """
    films, slices = [], []
    for turn in range(repeats + _WARM_UP):
        _read(browser, address, scans.film(turn))
        seconds = _first_picture(browser, address)
        if turn >= _WARM_UP:
            films.append(seconds)
    _read(browser, address, scans.series(_SLICES))
    for _ in range(max(1, repeats // 10)):
        slices += _through(browser, address)
    return {"first_picture": percentiles(films), "slice_to_slice": percentiles(slices)}


def _read(browser: Browser, address: str, content: bytes) -> None:
    """Gives a file, so that its case is the latest, and leaves."""
    page = _visit(browser, address)
    page.get_by_role("button", name="Not a scan").first.wait_for()
    page.locator('input[type="file"]').wait_for(state="attached")
    file = {"name": "file", "mimeType": "application/octet-stream", "buffer": content}
    page.locator('input[type="file"]').first.set_input_files(file)
    page.locator(".arn-verdict").or_(page.get_by_text(_ALL_READ)).first.wait_for()
    page.context.close()


def _first_picture(browser: Browser, address: str) -> float:
    page = _visit(browser, f"{address}/worklist")
    found = _open_reading(page)
    page.context.close()
    return found


def _open_reading(page: Page) -> float:
    page.get_by_test_id("stDataFrame").first.wait_for()
    page.wait_for_timeout(_QUIET_MS)
    link = page.get_by_role("link", name="Reading", exact=True).first
    return float(link.evaluate(_FIRST)) / 1000


def _through(browser: Browser, address: str) -> list[float]:
    page = _visit(browser, f"{address}/worklist")
    _open_reading(page)
    page.locator(f"{_READY} .viewer").first.press("Home")
    page.locator(".marks .slice").first.get_by_text(f"1 of {_SLICES}").wait_for()
    page.wait_for_timeout(_QUIET_MS)
    host = page.locator(_READY).first
    found = [float(host.evaluate(_NEXT)) / 1000 for _ in range(_SLICES - 1)]
    page.context.close()
    return found


def _visit(browser: Browser, address: str) -> Page:
    page = visitor(browser, viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(address, wait_until="commit")
    return page
