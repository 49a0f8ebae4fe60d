"""The guided demo, walked whole: every step is the real page with what the model really says."""

import sys
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from pages.ui.tour import STEPS
from tests.browser import switching

pytestmark = pytest.mark.browser

_WORDS_A_SECOND, _LOOK_S = 200 / 60, 10  # a calm reader, who looks at each page
_LONGEST_S = 240
_POINTED_AT = {  # by the words of each step
    1: (".arn-verdict", ".arn-bars"),
    2: (switching.OVERLAY, switching.BAR),
    3: (".arn-verdict",),
    4: (".arn-verdict",),
    5: ("text=Is this right?", "button:has-text('Something else')"),
    6: (".arn-counts", ".stDataFrame"),
    7: (".js-plotly-plot", "text=The paper's five epochs"),
    8: ("label:has-text('Compared with')", ".arn-table"),
    9: (":is(h2, h3):has-text('Train a candidate')",),
}


def _at(page: Page, number: int) -> None:
    step = STEPS[number - 1]
    bar = page.get_by_role("region", name="Guided demo")
    expect(bar).to_contain_text(f"Step {number} of {len(STEPS)}")
    expect(bar).to_contain_text(step.title)
    expect(page.get_by_role("heading", level=1)).to_have_text(step.entry.title)


def _in_view(page: Page, *selectors: str, ratio: float = 1.0) -> None:
    for selector in selectors:
        expect(page.locator(selector).first).to_be_in_viewport(ratio=ratio)


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_the_demo_walks_from_a_sample_to_retraining_and_home_with_all_it_points_at_in_view(
    page: Page,
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="commit")
    began = time.monotonic()
    _press(page, "Show me")
    for number in range(1, len(STEPS) + 1):
        _at(page, number)
        expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
        _in_view(page, *_POINTED_AT[number])
        _look_around(page, number)
        _press(page, "Next" if number < len(STEPS) else "Done")
    took = time.monotonic() - began
    words = sum(len(f"{step.title} {step.look}".split()) for step in STEPS)
    total = took + words / _WORDS_A_SECOND + len(STEPS) * _LOOK_S
    sys.stdout.write(f"guided demo: {took:.0f} s of pages, {total:.0f} s with looking\n")
    assert total <= _LONGEST_S

    expect(page.get_by_role("button", name="Show me")).to_be_visible()
    expect(page.get_by_role("region", name="Guided demo")).to_have_count(0)
    assert asked
    elsewhere = [url for url in asked if urlsplit(url).hostname not in ("localhost", None)]
    assert not elsewhere, "the demo needs no network"


def _look_around(page: Page, number: int) -> None:
    """What a step says is there, and on the way one step back."""
    verdict = page.locator(".arn-verdict")
    if number == 1:
        expect(page.locator(".arn-bars li .name")).to_have_count(6)
    elif number == 2:
        expect(page.get_by_text("All cells together: ")).to_be_visible()
    elif number == 3:
        expect(verdict).to_contain_text("No class given")
    elif number == 4:
        expect(page.locator(".arn-say")).to_contain_text("Disagrees")
        _press(page, "Back")
        _at(page, 3)
        expect(verdict).to_contain_text("No class given")
        _press(page, "Next")
        _at(page, 4)
    elif number == 5:
        page.get_by_role("button", name="Something else").click()
        expect(page.get_by_role("radiogroup", name="What does the scan show?")).to_be_visible()
        page.keyboard.press("Escape")


def test_the_demo_can_be_strayed_from_taken_up_again_and_left(page: Page) -> None:
    _press(page, "Show me")
    _at(page, 1)
    page.get_by_role("link", name="Worklist").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Worklist")
    _press(page, "To this step")
    _at(page, 1)
    _press(page, "Leave")
    expect(page.get_by_role("region", name="Guided demo")).to_have_count(0)
    expect(page.locator(".arn-verdict")).to_be_visible()
