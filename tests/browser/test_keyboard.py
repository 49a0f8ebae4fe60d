"""The main journey with the keyboard alone: upload, reading, evidence, correction."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import keys, switching
from tests.load import scans

pytestmark = pytest.mark.browser

_SETTLED_MS = 2000  # the first page is drawn once more while the model is made ready


def test_a_scan_is_given_read_explained_and_corrected_without_a_mouse(page: Page) -> None:
    page.bring_to_front()
    page.wait_for_timeout(_SETTLED_MS)
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
    keys.tab_to(page, "Upload", "[data-testid=stFileUploaderDropzone] *")  # not its help
    expect(page.get_by_test_id("stFileUploaderDropzone").locator("button")).to_be_focused()
    page.evaluate(keys.NOTE_FILE_DIALOG)
    page.keyboard.press("Enter")
    # The dialog itself is the browser's, and opens only for a window that has the focus.
    page.wait_for_function("window.asksForFiles")
    file = {"name": "scan.png", "mimeType": "image/png", "buffer": scans.png(1)}
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.locator(".arn-verdict")).to_be_visible()

    expect(page.get_by_role("link", name="See the evidence on the image")).to_be_visible()
    keys.tab_to(page, "See the evidence on the image")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Evidence")
    switching.shown(page)
    said = page.locator(".viewer").get_attribute("aria-label") or ""
    before = switching.drawn(page)
    keys.tab_to(page, "Method", "[role=combobox]")  # not its help
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".viewer")).not_to_have_attribute("aria-label", said)
    assert switching.drawn(page) != before

    keys.tab_to(page, "Reading", "a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reading")
    expect(page.get_by_role("button", name="Something else")).to_be_visible()
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
    keys.tab_to(page, "Something else")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radiogroup", name="What does the scan show?")).to_be_visible()
    keys.tab_to(page, "Right: ")
    page.keyboard.press("Space")
    keys.tab_to(page, "Send")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved. Decide on the page Corrections")).to_be_visible()
