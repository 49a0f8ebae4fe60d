"""The guided demo, walked whole: every step is the real page with what the model really says."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from pages.ui.tour import STEPS
from tests.browser import switching

pytestmark = pytest.mark.browser


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
    _press(page, "Show me")
    _at(page, 1)
    verdict = page.locator(".arn-verdict")
    expect(page.locator(".arn-bars li .name")).to_have_count(6)
    _in_view(page, ".arn-verdict", ".arn-bars")
    first = verdict.inner_text()

    _press(page, "Next")
    _at(page, 2)
    expect(page.get_by_text("All cells together: ")).to_be_visible()
    _in_view(page, switching.OVERLAY, ".arn-scale")
    expect(verdict).to_have_text(first, use_inner_text=True)

    _press(page, "Next")
    _at(page, 3)
    expect(verdict).to_contain_text("No class given")

    _press(page, "Next")
    _at(page, 4)
    expect(page.locator(".arn-say")).to_contain_text("Disagrees")

    _press(page, "Back")
    _at(page, 3)
    expect(verdict).to_contain_text("No class given")
    _press(page, "Next")
    _at(page, 4)

    _press(page, "Next")
    _at(page, 5)
    _in_view(page, "button:has-text('Something else')")
    expect(
        page.locator("[data-test-script-state=notRunning]")
    ).to_be_visible()  # the form of this case, not of the last
    page.get_by_role("button", name="Something else").click()
    expect(page.get_by_role("radiogroup", name="What does the scan show?")).to_be_visible()
    page.keyboard.press("Escape")

    _press(page, "Next")
    _at(page, 6)
    _in_view(page, ".stDataFrame")
    _press(page, "Next")
    _at(page, 7)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    _press(page, "Next")
    _at(page, 8)
    expect(page.get_by_role("combobox", name="Compared with")).to_be_in_viewport()
    _in_view(page, ".stDataFrame", ratio=0.5)
    _press(page, "Next")
    _at(page, 9)
    expect(page.get_by_role("heading", name="Train a candidate")).to_be_in_viewport()
    _press(page, "Done")
    expect(page.get_by_role("button", name="Show me")).to_be_visible()
    expect(page.get_by_role("region", name="Guided demo")).to_have_count(0)
    assert asked
    elsewhere = [url for url in asked if urlsplit(url).hostname not in ("localhost", None)]
    assert not elsewhere, "the demo needs no network"


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
