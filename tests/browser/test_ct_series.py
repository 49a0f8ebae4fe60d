"""A CT of 40 slices from its files to a report: with the mouse, then with the keyboard alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from arncnn.config import INTENDED_USE
from tests.browser import ct_series, keys
from tests.browser.conftest import PATIENCE_MS
from tests.reports import pdf_words

pytestmark = pytest.mark.browser

_DRAWN_MS, _HOVER_MS = 2000, 500  # a canvas does not say when its rows are drawn
_LUNG, _IN_LUNG = "Lung (W 1500, L -600)", "W 1500  L −600 HU"
_PLACE = re.compile(r"Slice (\d+) of 40")


def _idle(page: Page) -> None:
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()


def _at(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    _idle(page)


def _give(page: Page, patient: int) -> None:
    """The files are given, their reading is told as it goes on, and each is accounted for."""
    page.locator('input[type="file"]').first.set_input_files(ct_series.files(patient))
    _at_progress = page.get_by_text(re.compile(r"^Read \d+ of 40 files"))
    expect(_at_progress.first).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.locator("strong", has_text="40 files: 40 read")).to_be_visible()
    _at(page, "Worklist")


def _mark(page: Page, name: str) -> Locator:
    return page.locator(f".marks .{name}").first


def _place(page: Page) -> int:
    found = _PLACE.match(_mark(page, "slice").inner_text())
    assert found, _mark(page, "slice").inner_text()
    return int(found[1])


def _viewer(page: Page) -> None:
    page.locator('[data-arn-viewer="ready"]').first.wait_for(state="attached", timeout=PATIENCE_MS)


def _picker(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Case").first  # another goes away


def _case(page: Page, slice_number: int) -> None:
    """The slice's own reading is open, and the viewer stands at it."""
    name = re.compile(rf"^{ct_series.name(slice_number)} ")
    expect(_picker(page)).to_have_value(name)
    expect(_mark(page, "slice")).to_have_text(f"Slice {slice_number} of 40")
    _idle(page)


def _report(page: Page, ask: Callable[[], None]) -> None:
    """The report of the case in view, whose header disagrees, comes as one page."""
    with page.expect_download() as asked:
        ask()
    pdf = asked.value.path().read_bytes()
    words = pdf_words.text(pdf)
    assert pdf_words.pages(pdf) == 1
    identity = _picker(page).input_value().rpartition(" ")[2]
    for part in (f"Case {identity}", "The header says head", "Chest CT", INTENDED_USE):
        assert part in words, part


def test_a_ct_is_scrolled_windowed_corrected_and_reported(page: Page) -> None:
    _give(page, 1)
    page.get_by_text("Only the files of this upload").click()
    expect(page.locator(".arn-counts b").first).to_have_text("2")
    expect(page.locator(".arn-counts b").last).to_have_text("38")
    _idle(page)
    page.wait_for_timeout(_DRAWN_MS)
    box = page.locator(".stDataFrame canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + 200, box["y"] + 35 + 26  # the one row, on its name
    page.mouse.move(x - 40, y)  # a table takes a press where the pointer has been seen
    page.mouse.move(x, y)
    page.wait_for_timeout(_HOVER_MS)
    page.mouse.click(x, y)
    _at(page, "Reading")
    expect(page.get_by_text(re.compile(r"Chest CT\. \d+ of 40 slices read so"))).to_be_visible()

    _viewer(page)
    stage = page.locator(".stage").first
    stage.hover()
    first = _place(page)
    for further in (1, 2, 3):
        page.mouse.wheel(0, 100)
        expect(_mark(page, "slice")).to_contain_text(f"Slice {first + further} of 40")
    page.get_by_label("Window", exact=True).first.select_option(label=_LUNG)
    expect(_mark(page, "window")).to_have_text(_IN_LUNG)
    before = stage.screenshot()
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
    assert stage.screenshot() != before

    page.get_by_role("button", name=f"Open the reading of slice {first + 3}").click()
    _case(page, first + 3)
    expect(_mark(page, "window")).to_have_text(_IN_LUNG)
    page.get_by_role("button", name="Abdomen CT", exact=True).click()
    expect(page.get_by_text("You said: Abdomen CT")).to_be_visible()
    _case(page, first + 3)

    page.get_by_role("button", name="Next to review").click()
    _case(page, 39)
    _viewer(page)
    tools = page.get_by_role("toolbar", name="Viewer")
    expect(tools).to_be_in_viewport(ratio=1)  # under a verdict with its reasons, too
    _report(page, page.get_by_role("button", name="Report (PDF)").click)


def test_the_same_with_the_keyboard_alone(page: Page) -> None:
    page.bring_to_front()
    _idle(page)
    keys.tab_to(page, "Upload", "[data-testid=stFileUploaderDropzone] *")  # not its help
    page.evaluate(keys.NOTE_FILE_DIALOG)
    page.keyboard.press("Enter")
    page.wait_for_function("window.asksForFiles")
    _give(page, 2)
    keys.tab_to(page, "Only the files of this upload")
    page.keyboard.press("Space")
    expect(page.get_by_role("switch", name="Only the files of this upload")).to_be_checked()
    _idle(page)
    page.wait_for_timeout(_DRAWN_MS)
    keys.tab_to(page, "Fullscreen: Worklist", "button")
    page.keyboard.press("Tab")
    page.wait_for_timeout(_DRAWN_MS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Worklist")  # the focus opens nothing
    page.keyboard.press("Shift+Space")
    expect(page.get_by_role("button", name="Open reading")).to_be_enabled()
    _idle(page)
    page.keyboard.press("ArrowRight")
    _at(page, "Reading")

    _viewer(page)
    first = _place(page)
    keys.tab_to(page, "The scan, read as", ".viewer")
    for further in (1, 2, 3):
        page.keyboard.press("ArrowDown")
        expect(_mark(page, "slice")).to_contain_text(f"Slice {first + further} of 40")
    before = page.locator(".stage").first.screenshot()
    page.keyboard.press("+")
    page.wait_for_timeout(300)
    assert page.locator(".stage").first.screenshot() != before
    keys.tab_to(page, "Window", "select")
    page.keyboard.type("Lung")
    expect(_mark(page, "window")).to_have_text(_IN_LUNG)
    keys.tab_to(page, "Open the reading of slice", "button")
    page.keyboard.press("Enter")
    _case(page, first + 3)

    keys.tab_to(page, "Abdomen CT", "button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You said: Abdomen CT")).to_be_visible()
    _idle(page)
    page.keyboard.press("v")
    _case(page, 39)
    keys.tab_to(page, "Report (PDF)", "button")
    _report(page, lambda: page.keyboard.press("Enter"))
