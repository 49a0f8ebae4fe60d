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
from tests.browser.dashboard import visitor

pytestmark = pytest.mark.browser

STREAMLIT = {
    # rule: (part of the element's HTML or selector, reason)
    "list": ("stSidebarNavItems", "the navigation's sections lie in its list as div"),
    "listitem": ('<li class="st-emotion-cache', "the same, seen from the navigation's items"),
}
_SERIOUS = {"serious", "critical"}
_QUIET_MS = 800  # late parts of a page: tables and figures are drawn after the script
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module", params=["light", "dark"])
def visit(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A visitor who has read a scan, in one of the colour schemes."""
    context = visitor(browser, viewport={"width": 1440, "height": 900}, color_scheme=request.param)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(server, wait_until="commit")
    page.get_by_role("button", name="Hand X-ray", exact=True).first.click()
    expect(page.locator(".arn-verdict")).to_be_visible()
    yield page
    context.close()


def test_no_page_has_a_serious_violation_of_its_own(visit: Page) -> None:
    found = []
    for entry in (entry for entries in SECTIONS.values() for entry in entries):
        _open(visit, entry.title)
        found += _serious(visit, entry.title)
    assert found == []


def test_what_is_refused_what_fails_and_what_opens_has_none_either(visit: Page) -> None:
    _open(visit, "Reading")
    visit.get_by_role("button", name="Something else").click()
    expect(visit.get_by_role("radiogroup", name="What does the scan show?")).to_be_visible()
    found = _serious(visit, "correction")
    visit.keyboard.press("Escape")

    _open(visit, "Read a scan")
    visit.locator(".st-key-samples_outside_Landscape_png").get_by_role("button").click()
    expect(visit.locator(".arn-verdict.refuse")).to_be_visible()
    visit.get_by_text("Show the numbers anyway").click()
    expect(visit.locator(".arn-bars li .name")).to_have_count(6)
    found += _serious(visit, "refused reading")
    visit.get_by_role("link", name="See the evidence on the image").click()
    expect(visit.get_by_text("are not evidence for an answer")).to_be_visible()
    found += _serious(visit, "refused evidence")

    _open(visit, "Read a scan")
    notes = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no scan\n" * 99}
    visit.locator('input[type="file"]').set_input_files(notes)
    expect(visit.get_by_role("alert").filter(has_text="could not be read")).to_be_visible()
    found += _serious(visit, "failed upload")

    _open(visit, "Worklist")
    visit.get_by_role("textbox", name="Search").fill("nothing has this name")
    visit.keyboard.press("Enter")
    expect(visit.get_by_text("No case matches these filters")).to_be_visible()
    found += _serious(visit, "empty worklist")
    assert found == []


def _open(visit: Page, title: str) -> None:
    visit.get_by_role("link", name=title, exact=True).click()
    expect(visit.get_by_role("heading", level=1)).to_have_text(title)
    expect(visit.locator("[data-test-script-state=notRunning]")).to_be_visible()


def _serious(visit: Page, where: str) -> list[str]:
    """What axe-core finds on the page as it stands, once it is drawn to its end."""
    is_dark = visit.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    # In the dark only colours differ.
    options = {"runOnly": ["color-contrast"]} if is_dark else {}
    expect(visit.get_by_test_id("stStatusWidget")).to_have_count(0)
    expect(visit.get_by_test_id("stSkeleton")).to_have_count(0)
    visit.wait_for_timeout(_QUIET_MS)
    return [
        f"{where}: {violation['id']} at {node['html'][:200]}"
        for violation in Axe().run(visit, options=options).response["violations"]
        if violation["impact"] in _SERIOUS
        for node in violation["nodes"]
        if not _is_streamlits(violation["id"], node)
    ]


def _is_streamlits(rule: str, node: dict[str, Any]) -> bool:
    part, _ = STREAMLIT.get(rule, (None, ""))
    return part is not None and part in node["html"]
