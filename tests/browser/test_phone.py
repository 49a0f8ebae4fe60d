"""On a phone what a page says is seen whole."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import dashboard

pytestmark = pytest.mark.browser


def test_the_networks_legend_is_seen_whole_on_a_phone(browser: Browser, server: str) -> None:
    context = dashboard.visitor(browser, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{server}/network", wait_until="commit")
    legend = page.get_by_role("list", name="Colours").first
    expect(legend).to_be_visible()
    for item in legend.get_by_role("listitem").all():
        seen = item.bounding_box()
        assert seen is not None
        assert seen["x"] >= 0
        assert seen["x"] + seen["width"] <= 390
    context.close()
