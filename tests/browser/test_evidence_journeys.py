"""Looking at a scan's evidence in a real browser: every picker shows its own picture."""

import re
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import switching

pytestmark = pytest.mark.browser


def test_class_method_layer_and_opacity_each_show_the_new_picture(page: Page) -> None:
    switching.to_evidence(page)
    overlay = page.locator(switching.OVERLAY)
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
        expect(overlay).to_have_attribute("alt", re.compile(words))
        seen.add(_picture(page))
    assert len(seen) == 1 + len(steps)


def test_a_module_is_laid_open_and_a_map_is_tested_on_its_scan(page: Page) -> None:
    switching.to_evidence(page)
    page.get_by_role("button", name="Test it on this scan").click()
    expect(page.get_by_text("Shifting the image by 1 to 2 pixels")).to_be_visible()
    page.get_by_role("tab", name="Inside a module").click()
    expect(page.get_by_text("Features before")).to_be_visible()


def _picture(page: Page) -> bytes:
    """The overlay's own bytes."""
    source = page.locator(switching.OVERLAY).evaluate("image => image.src")
    return page.request.get(source).body()
