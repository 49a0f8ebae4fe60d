"""The pages keep to the policy that the server sends along, and pictures go with their session."""

import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from pages.ui import door
from tests.browser import dashboard
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.attack]
PAGES = {
    "Worklist": "stDataFrame",
    "Reading": "stImage",
    "Evidence": "stImage",
    "Data set": None,
    "Training curve": "stPlotlyChart",
    "Confusion matrix": "stPlotlyChart",
    "Comparison": "stPlotlyChart",
    "Network": None,
    "Model card": None,
    "Corrections": None,
    "Retraining": None,
    "Models": None,
    "Audit": "stDataFrame",
}


def _status(address: str) -> int:
    """What is answered to who has this dashboard's token."""
    name, value = door.cookie(dashboard.TOKEN)
    request = urllib.request.Request(address, headers={"Cookie": f"{name}={value}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_every_page_is_drawn_under_the_policy(page: Page) -> None:
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(message.text)

    page.on("console", note)
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.reload(wait_until="commit")
    page.get_by_role("button", name="Head CT", exact=True).click()
    expect(page.get_by_role("button", name="Something else")).to_be_visible()
    for name, part in PAGES.items():
        page.get_by_role("link", name=name, exact=True).first.click()
        drawn = page.get_by_test_id(part) if part else page.get_by_role("heading", level=1)
        expect(drawn.first, f"{name}: {said}").to_be_visible()
        page.wait_for_timeout(1_000)
    assert [text for text in said if "Content Security" in text] == []
    assert page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'kept in')") == (
        "kept in"
    )


def test_a_picture_has_another_address_in_every_session_and_goes_with_it(
    browser: Browser, server: str
) -> None:
    addresses = set()
    for _ in range(2):
        context = dashboard.visitor(browser)
        visitor = context.new_page()
        visitor.goto(server, wait_until="commit")
        visitor.get_by_role("button", name="Head CT", exact=True).click()
        picture = visitor.get_by_alt_text("The scan, read as Head CT")
        expect(picture).to_be_visible()
        address = picture.evaluate("picture => picture.src")
        assert "/media/" in address and _status(address) == 200
        addresses.add(address)
        context.close()
    assert len(addresses) == 2
    # A minute to reconnect, and some.
    assert wait_until(lambda: [_status(address) for address in addresses] == [404, 404], 90)
