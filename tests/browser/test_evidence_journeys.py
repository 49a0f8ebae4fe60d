"""Looking at a scan's evidence in a real browser: every picker shows its own picture."""

import io
import re
import sys
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import switching

pytestmark = pytest.mark.browser

_ROUND = 8  # px of the pictures' rounded corners
_RESIZED = 2.0  # grey levels that two ways of making a picture smaller may differ by


def test_class_method_layer_and_opacity_each_show_the_new_picture(page: Page) -> None:
    switching.to_evidence(page)
    viewer = page.locator(".viewer")
    steps: dict[str, tuple[Callable[[], None], str]] = {
        "class": (lambda: switching.choose_class(page, "Hand X-ray"), "Hand X-ray"),
        "method": (lambda: switching.choose(page, "Method", "LayerCAM"), "Hand X-ray"),
        "opacity": (lambda: switching.turn(page, "ArrowLeft"), "Hand X-ray"),
        "layer": (lambda: switching.choose(page, "Layer", "Attention module 1"), "module 1"),
    }
    seen = {_picture(page)}
    for kind, (act, words) in steps.items():
        took = switching.timed(page, act)
        sys.stdout.write(f"{kind}: {took:.0f} ms from the click to the new picture\n")
        expect(viewer).to_have_attribute("aria-label", re.compile(words))
        seen.add(_picture(page))
    assert len(seen) == 1 + len(steps)


def test_a_module_is_laid_open_and_a_map_is_tested_on_its_scan(page: Page) -> None:
    switching.to_evidence(page)
    page.get_by_role("button", name="Test it on this scan").click()
    expect(page.get_by_text("Tested on this scan: this map")).to_be_visible()
    figures = page.get_by_text("Shifting the image by 1 to 2 pixels")
    expect(figures).to_be_hidden()
    page.get_by_text("The figures behind this").click()
    expect(figures).to_be_visible()
    page.get_by_role("tab", name="Inside a module").click()
    expect(page.get_by_text("Features before")).to_be_visible()


def test_the_opacity_is_as_the_slider_says_and_so_is_what_is_handed_on(page: Page) -> None:
    switching.to_evidence(page)
    for key, share in (("End", "1"), ("ArrowLeft", "0.95"), ("Home", "0"), ("ArrowRight", "0.05")):
        switching.turn(page, key)
        for place in (switching.OVERLAY, f"{switching.BAR} canvas"):
            expect(page.locator(place)).to_have_css("opacity", share)
    switching.flatten(page)
    for key, share in (("End", "1"), ("ArrowLeft", "0.95"), ("End", "1")):
        switching.turn(page, key)
        expect(page.locator(switching.FLAT)).to_have_css("opacity", share)
    page.set_viewport_size({"width": 1440, "height": 780})  # the map is made smaller, not larger
    page.wait_for_timeout(1000)  # until the server knows of the last step
    with page.expect_download() as download:
        page.get_by_role("button", name="Overlay (PNG)").click()
    plate = np.asarray(Image.open(download.value.path()), np.float32)
    seen = np.asarray(Image.open(io.BytesIO(_picture(page))).convert("RGB"))
    edge = seen.shape[1] * plate.shape[0] // plate.shape[1]
    handed_on = cv2.resize(plate, (seen.shape[1], edge), interpolation=cv2.INTER_AREA)
    # The picture lies at a fraction of a pixel on the page: what is seen may begin a row above it.
    apart = [
        np.abs(np.roll(handed_on, rows, 0)[: len(seen)] - seen)[_ROUND:-_ROUND, _ROUND:-_ROUND]
        for rows in (0, 1)
    ]
    assert min(each.mean() for each in apart) < _RESIZED
    plain = np.asarray(Image.open(io.BytesIO(_scan(page))).convert("RGB"), np.float32)
    plain = cv2.resize(plain, (seen.shape[1], seen.shape[0]))  # the scan alone is drawn smaller
    assert np.abs(plain - seen)[_ROUND:-_ROUND, _ROUND:-_ROUND].mean() > 3 * _RESIZED


def test_the_report_of_the_case_stands_alone(page: Page) -> None:
    switching.to_evidence(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Case report (HTML)").click()
    report = download.value.path().read_text(encoding="utf-8")
    for words in ("Chest X-ray", "Not for diagnosis", "SHA-256", "percentiles", "UTC"):
        assert words in report
    even = re.search(r"Attention modules? ([^.]*) treats? every place alike", report)
    told = len(re.findall(r"\d+", even[1])) if even else 0  # what does not vary is not drawn
    pictures = 3 + 6 + 8 - told  # scan, input and map; a map a class; a map a module that varies
    assert report.count("data:image/png;base64,") == pictures
    assert not re.search(r'(src|href)="(?!data:)', report)


_COLOURS = """(of) => {
  const root = document.querySelector('[data-arn-viewer=ready]').shadowRoot;
  const canvas = root.querySelector(of);
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let i = 0; i < data.length; i += 4) found.add([...data.slice(i, i + 4)].join());
  return [...found].map(each => each.split(',').map(Number));
}"""


def test_the_colour_bar_of_the_viewer_holds_every_colour_of_its_map(page: Page) -> None:
    switching.to_evidence(page)
    expect(page.locator(f"{switching.BAR} .ends")).to_have_text(
        re.compile("against.*0.*for", re.DOTALL)
    )
    page.get_by_text("Network's grid", exact=True).click()
    page.wait_for_timeout(1000)
    for threshold in (0.0, 0.1):
        page.get_by_label("Threshold").fill(str(threshold))
        bar = np.array(page.evaluate(_COLOURS, ".colours canvas"))
        drawn = np.array(page.evaluate(_COLOURS, ".map"))
        assert len(drawn) > (1 if threshold else 10)
        nearest = np.abs(drawn[:, None] - bar[None]).max(axis=2).min(axis=1)
        solid = drawn[:, 3] > 40  # a canvas keeps faint colours coarsely
        assert nearest[solid].max() <= 3
        weakest = drawn[drawn[:, 3] > 0, 3].min()
        assert weakest >= threshold * 255 - 1, "below the threshold nothing is drawn"


def _picture(page: Page) -> bytes:
    """The overlay as it is seen, as PNG."""
    seen = page.locator(".stage" if page.locator(".stage").count() else switching.FLAT)
    return seen.screenshot()


def _scan(page: Page) -> bytes:
    return page.locator("[data-testid=stImage] img").nth(1).screenshot()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
@pytest.mark.parametrize("is_guided", [False, True], ids=["alone", "guided"])
def test_map_and_colour_bar_are_seen_whole_without_scrolling_beside_the_controls(
    page: Page, width: int, height: int, is_guided: bool
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    if is_guided:
        page.get_by_role("button", name="Show me", exact=True).click()
        page.locator(".arn-verdict").wait_for()
        page.get_by_role("button", name="Next", exact=True).click()
        switching.shown(page)
    else:
        switching.to_evidence(page)
    drawn = page.locator(switching.OVERLAY)
    expect(drawn).to_be_in_viewport(ratio=1)
    expect(page.locator(switching.BAR)).to_be_in_viewport(ratio=1)
    seen = drawn.bounding_box()
    classes = page.get_by_role("radiogroup", name="Evidence for").bounding_box()
    assert seen is not None
    assert classes is not None
    assert min(seen["width"], seen["height"]) >= 300
    assert classes["x"] >= seen["x"] + seen["width"], "the controls stand beside the map"
    assert classes["y"] < height, "and begin without scrolling"
