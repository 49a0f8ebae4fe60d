"""axe-core on every page, light and dark: nothing serious that these pages cause.

What Streamlit itself causes is listed by rule, with where and why; everything else fails.
"""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from pages.ui.navigation import SECTIONS
from tests.browser.conftest import PATIENCE_MS

pytestmark = pytest.mark.browser

STREAMLIT = {
    # rule: (part of the element's HTML or selector, reason)
    "list": ("stSidebarNavItems", "the navigation's sections lie in its list as div"),
    "listitem": ('<li class="st-emotion-cache', "the same, seen from the navigation's items"),
}
_SERIOUS = {"serious", "critical"}
_QUIET_MS = 800  # late parts of a page: tables and figures are drawn after the script
Scheme = Literal["light", "dark"]


@pytest.fixture(params=["light", "dark"])
def visit(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A visitor who has read a scan, in one of the colour schemes."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme=request.param
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(server, wait_until="commit")
    page.get_by_role("button", name="Hand X-ray", exact=True).first.click()
    expect(page.locator(".arn-verdict")).to_be_visible()
    yield page
    context.close()


def test_no_page_has_a_serious_violation_of_its_own(visit: Page) -> None:
    is_dark = visit.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    # In the dark only colours differ.
    options = {"runOnly": ["color-contrast"]} if is_dark else {}
    found = []
    for entry in (entry for entries in SECTIONS.values() for entry in entries):
        visit.get_by_role("link", name=entry.title, exact=True).click()
        expect(visit.get_by_role("heading", level=1)).to_have_text(entry.title)
        expect(visit.get_by_test_id("stStatusWidget")).to_have_count(0)
        expect(visit.get_by_test_id("stSkeleton")).to_have_count(0)
        visit.wait_for_timeout(_QUIET_MS)
        violations = Axe().run(visit, options=options).response["violations"]
        found += [
            f"{entry.title}: {violation['id']} at {node['html'][:200]}"
            for violation in violations
            if violation["impact"] in _SERIOUS
            for node in violation["nodes"]
            if not _is_streamlits(violation["id"], node)
        ]
    assert found == []


def _is_streamlits(rule: str, node: dict[str, Any]) -> bool:
    part, _ = STREAMLIT.get(rule, (None, ""))
    return part is not None and part in node["html"]
