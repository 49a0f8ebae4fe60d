"""The main journey with the keyboard alone: upload, reading, evidence, correction."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.switching import OVERLAY
from tests.load import scans

pytestmark = pytest.mark.browser

_SETTLED_MS = 2000  # the first page is drawn once more while the model is made ready
_STOPS = 150  # Tab presses before a target counts as out of reach
_ANY = "a, button, input, textarea, [role]"  # not a scrolling area
_NOTE_FILE_DIALOG = """() => document.addEventListener('click', event => {
  if (event.target.type === 'file') { window.asksForFiles = true; event.preventDefault(); }
}, true)"""
_WHAT = """(among) => {
  const found = document.activeElement;
  if (!found.matches(among)) return '';
  const label = found.labels && found.labels[0] ? found.labels[0].innerText : '';
  return [found.getAttribute('aria-label'), label, found.innerText].join(' | ');
}"""


def _tab_to(page: Page, words: str, among: str = _ANY) -> None:
    for _ in range(_STOPS):
        page.keyboard.press("Tab")
        if words in page.evaluate(_WHAT, among):
            return
    raise AssertionError(f"“{words}” cannot be reached with Tab")


def test_a_scan_is_given_read_explained_and_corrected_without_a_mouse(page: Page) -> None:
    page.bring_to_front()
    page.wait_for_timeout(_SETTLED_MS)
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
    _tab_to(page, "Upload", "[data-testid=stFileUploaderDropzone] *")  # not its help
    expect(page.get_by_test_id("stFileUploaderDropzone").locator("button")).to_be_focused()
    page.evaluate(_NOTE_FILE_DIALOG)
    page.keyboard.press("Enter")
    # The dialog itself is the browser's, and opens only for a window that has the focus.
    page.wait_for_function("window.asksForFiles")
    file = {"name": "scan.png", "mimeType": "image/png", "buffer": scans.png(1)}
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.locator(".arn-verdict")).to_be_visible()

    expect(page.get_by_role("link", name="See the evidence on the image")).to_be_visible()
    _tab_to(page, "See the evidence on the image")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Evidence")
    overlay = page.locator(OVERLAY)
    expect(overlay).to_be_visible()
    before = overlay.get_attribute("src") or ""
    _tab_to(page, "Method", "[role=combobox]")  # not its help
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(overlay).not_to_have_attribute("src", before)

    _tab_to(page, "Reading", "a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reading")
    expect(page.get_by_role("button", name="Something else")).to_be_visible()
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
    _tab_to(page, "Something else")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radiogroup", name="What does the scan show?")).to_be_visible()
    _tab_to(page, "Right: ")
    page.keyboard.press("Space")
    _tab_to(page, "Send")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved. Decide on the page Corrections")).to_be_visible()
