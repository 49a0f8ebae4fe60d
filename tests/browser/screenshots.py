"""The README's pictures, taken from the running dashboard: ``make screenshots``.

They show the drawn phantoms of the project only, never an image of a data set.
"""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Page, sync_playwright

from tests.browser import appearance
from tests.browser.dashboard import BROWSER_ARGUMENTS, ROOT, running, visitor
from tests.chromium import MISSING, executable

PICTURES = ROOT / "assets" / "pictures"
SAMPLE = "Chest X-ray"
PATIENCE_MS = 90_000
WIDTH = 1440
SETTLE_MS = 2500  # animations and late images
PAGES = {  # picture, page, and what has to be drawn on it
    "evidence": ("explanations", ".stage .map"),
    "confusion-matrix": ("confusion_matrix", ".js-plotly-plot .main-svg"),
}


def take(page: Page, address: str) -> None:
    """Walk from the first page to the evidence, a picture at each stop."""
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address, wait_until="commit")
    page.get_by_role("button", name="Not a scan").first.wait_for()
    page.wait_for_timeout(SETTLE_MS)
    below = page.get_by_text("Outside what the model knows").first.bounding_box()
    _shoot(page, "upload", height=None if below is None else below["y"])  # real scans follow
    page.get_by_role("button", name=SAMPLE).first.click()
    page.get_by_text("Class probabilities").first.wait_for()
    _shoot(page, "reading")
    for name, (path, drawn) in PAGES.items():
        page.goto(f"{address}/{path}", wait_until="commit")
        page.locator(drawn).first.wait_for()
        _shoot(page, name)


def _shoot(page: Page, name: str, height: float | None = None) -> None:
    page.mouse.move(WIDTH / 2, 10)  # over nothing that shows a button to who points at it
    page.wait_for_timeout(SETTLE_MS)
    clip = None if height is None else FloatRect(x=0, y=0, width=WIDTH, height=height)
    taken = Image.open(BytesIO(page.screenshot(clip=clip))).convert("RGB")
    taken.save(PICTURES / f"{name}.png", optimize=True)


def main() -> int:
    """Take every picture; 0 when all were taken."""
    browser_path = executable()
    if browser_path is None:
        sys.stderr.write(MISSING + "\n")
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    appearance.draw(PICTURES / "appearance.png")
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_ARGUMENTS)
        take(visitor(browser, viewport={"width": WIDTH, "height": 900}).new_page(), address)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
