"""A dashboard without accounts, in the browser of who started it and of who did not."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import axe
from tests.browser.dashboard import TOKEN, running

pytestmark = [pytest.mark.browser, pytest.mark.attack]


def test_the_printed_address_opens_it_for_good_and_nothing_else_does(
    browser: Browser, tmp_path: Path
) -> None:
    with running(tmp_path) as address:
        stranger = browser.new_context()
        page = stranger.new_page()
        page.goto(f"{address}/worklist")
        expect(page.get_by_text("this dashboard has no accounts")).to_be_visible()
        assert axe.serious_of_plain(page, "asked for the token") == []
        page.get_by_label("Token").fill("a guess")
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_text("This token is not correct.")).to_be_visible()
        assert axe.serious_of_plain(page, "a wrong token") == []
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
        assert "token" not in page.url
        page.reload()
        expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
        assert TOKEN not in page.evaluate("document.cookie"), "no script reads it"
        tab = stranger.new_page()
        tab.goto(f"{address}/audit")
        expect(tab.get_by_role("heading", name="Audit")).to_be_visible()
        stranger.close()

        other = browser.new_context()
        page = other.new_page()
        page.goto(f"{address}/?token={TOKEN}")
        expect(page.get_by_test_id("stSidebar")).to_be_visible()
        assert "token" not in page.url
        other.close()
