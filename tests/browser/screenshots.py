"""The README's pictures, taken from the running dashboard: ``make screenshots``.

They show the drawn phantoms of the project only, never an image of a data set.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import appearance
from tests.browser.dashboard import BROWSER_ARGUMENTS, ROOT, running
from tests.chromium import MISSING, executable

PICTURES = ROOT / "assets" / "pictures"
SAMPLE = "Chest X-ray"
PATIENCE_MS = 90_000
SETTLE_MS = 2500  # animations and late images
PAGES = {"evidence": "explanations", "confusion-matrix": "confusion_matrix"}


def take(page: Page, address: str) -> None:
    """Walk from the first page to the evidence, a picture at each stop."""
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address, wait_until="commit")
    page.get_by_role("button", name="Not a scan").first.wait_for()
    _shoot(page, "upload")
    page.get_by_role("button", name=SAMPLE).first.click()
    page.get_by_text("Class probabilities").first.wait_for()
    _shoot(page, "reading")
    for name, path in PAGES.items():
        page.goto(f"{address}/{path}", wait_until="commit")
        page.get_by_role("heading").first.wait_for()
        _shoot(page, name)


def _shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=PICTURES / f"{name}.png")


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
        take(browser.new_page(viewport={"width": 1440, "height": 900}), address)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
