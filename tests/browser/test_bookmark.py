"""A bookmarked page may be the first thing a fresh server is asked for."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE_MS
from tests.browser.dashboard import running, visitor

pytestmark = pytest.mark.browser


def test_a_bookmark_opens_its_page_on_a_server_nobody_has_visited(
    browser: Browser, tmp_path: Path
) -> None:
    with running(tmp_path) as address:
        page = visitor(browser).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{address}/worklist", wait_until="commit")
        expect(page.get_by_role("heading", level=1)).to_have_text("Worklist")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.context.close()
