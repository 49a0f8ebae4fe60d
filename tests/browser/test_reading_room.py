"""Going from page to page and from case to case: Back, focus, keys, rows and pictures to press."""

import io
import re
import zipfile

import pytest
from playwright.sync_api import Locator, Page, expect

from arncnn.samples import catalogue

pytestmark = pytest.mark.browser

_SETTLED_MS, _HOVER_MS = 2000, 500
_FOCUS = "() => [document.activeElement.tagName, document.activeElement.textContent]"
_RING = """() => {
  const style = getComputedStyle(document.activeElement);
  return [style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


def _press_in_the_middle(page: Page, target: Locator) -> None:
    box = target.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def _at(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()


def test_a_samples_picture_is_pressed_back_leaves_one_page_and_the_heading_has_the_focus(
    page: Page,
) -> None:
    _press_in_the_middle(page, page.locator(".st-key-samples_known_HeadCT_png img"))
    _at(page, "Reading")
    page.wait_for_url("**case=*")
    expect(page.locator("h1:focus")).to_have_text("Reading")
    page.get_by_role("link", name="Evidence", exact=True).click()
    _at(page, "Evidence")
    page.wait_for_url("**/explanations?case=*")
    expect(page.locator("h1:focus")).to_have_text("Evidence")
    page.get_by_role("link", name="Worklist", exact=True).click()
    _at(page, "Worklist")
    for title in ("Evidence", "Reading", "Read a scan"):
        page.go_back()
        _at(page, title)
    page.get_by_role("link", name="Evidence", exact=True).focus()
    page.keyboard.press("Tab")
    assert page.evaluate(_FOCUS)[0] == "A"
    style, width = page.evaluate(_RING)
    assert style == "solid" and width >= 2, "the keyboard's place is seen in the sidebar"


def test_a_row_is_pressed_open_and_cases_are_gone_through_with_keys(page: Page) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as stream:
        for name in ("HeadCT", "CXR", "Hand"):
            content = (catalogue.FOLDER / f"{name}.png").read_bytes()
            stream.writestr(f"folder/{name.lower()}.png", content)
    disc = {"name": "disc.zip", "mimeType": "application/zip", "buffer": archive.getvalue()}
    page.locator('input[type="file"]').set_input_files(disc)
    _at(page, "Worklist")
    expect(page.locator("strong", has_text="3 files: 3 read")).to_be_visible()
    page.get_by_text("Only the files of this upload").click()
    expect(page.locator(".arn-counts b").last).to_have_text("3")
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
    table = page.locator(".stDataFrame canvas").first
    expect(table).to_be_visible()
    page.wait_for_timeout(_SETTLED_MS)  # a canvas does not say when its rows are drawn
    box = table.bounding_box()
    assert box is not None
    x, y = box["x"] + 300, box["y"] + 35 + 52 + 26  # the second row, on its class
    page.mouse.move(x - 40, y)  # a table takes a press where the pointer has been seen
    page.mouse.move(x, y)
    page.wait_for_timeout(_HOVER_MS)
    page.mouse.click(x, y)
    _at(page, "Reading")
    named = re.compile(r"^\w+\.png · disc\.zip")
    expect(page.get_by_role("combobox", name="Case")).to_have_value(named)
    case = page.locator(".arn-verdict .what")
    second = case.inner_text()
    page.keyboard.press("p")
    expect(case).not_to_have_text(second)
    page.keyboard.press("n")
    expect(case).to_have_text(second)
    page.keyboard.press("?")
    expect(page.get_by_text("next case to review")).to_be_visible()
    page.keyboard.press("Escape")
    with page.expect_download() as asked:
        page.get_by_role("button", name="Report (PDF)").click()
    assert asked.value.suggested_filename.endswith("-report.pdf")


def test_on_a_small_screen_verdict_and_the_viewers_tools_are_seen_whole_whatever_there_is_to_note(
    page: Page,
) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    sample = page.get_by_role("button", name="Wrong header", exact=True)
    tools = page.get_by_role("toolbar", name="Viewer")
    sample.click()
    expect(tools).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Chest CT", exact=True).click()
    expect(page.get_by_text("Corrected to Chest CT")).to_be_attached()
    page.get_by_role("button", name="Report (PDF)").scroll_into_view_if_needed()
    page.get_by_role("link", name="Read a scan", exact=True).click()
    _at(page, "Read a scan")
    sample.click()
    for note in ("This file was read before, on 20", "Corrected to Chest CT"):
        expect(page.get_by_text(note)).to_be_in_viewport(ratio=1)
    expect(page.locator(".arn-verdict")).to_be_in_viewport(ratio=1)
    expect(tools).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)
    last = page.get_by_test_id("stSidebar").get_by_role("link").last
    expect(last).to_be_in_viewport(ratio=1)  # every page is named without scrolling


_CUT_OFF = """() => {
  const read = '.arn-table td, .arn-table th, [data-testid=stMetricLabel] :is(div, p)';
  const cut = [...document.querySelectorAll(`.stMain :is(${read})`)].filter(cell =>
    cell.scrollWidth > cell.clientWidth || cell.getBoundingClientRect().right > innerWidth);
  const scrolled = [...document.querySelectorAll('.stMain .dvn-scroller')].filter(table =>
    table.scrollWidth > table.clientWidth + 1);
  return [...cut.map(cell => cell.textContent), ...scrolled.map(() => 'a column')];
}"""


def test_every_figure_of_comparison_and_data_set_is_read_whole_on_a_small_screen(
    page: Page,
) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    page.get_by_role("link", name="Comparison", exact=True).click()
    _at(page, "Comparison")
    sides = page.locator(".arn-table")
    expect(sides).to_have_count(2)
    interval = re.compile(r"^100\.00% \(99\.84\sto\s100\.00%\)$")
    expect(sides.first.locator("td").filter(has_text=interval)).to_be_visible()
    expect(page.locator(".stMain .dvn-scroller").first).to_be_attached()
    assert page.evaluate(_CUT_OFF) == []
    page.get_by_role("link", name="Data set", exact=True).click()
    _at(page, "Data set")
    expect(page.get_by_text("Pairs of near-duplicates")).to_be_visible()
    assert page.evaluate(_CUT_OFF) == []
