"""A dashboard on a free port with a home of its own, and a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import dashboard
from tests.browser.dashboard import BROWSER_ARGUMENTS, running
from tests.chromium import executable, trouble

PATIENCE_MS = 90_000

expect.set_options(timeout=PATIENCE_MS)  # the first reading of a session loads the model


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that was started for these tests, with the bundled model."""
    folder = tmp_path_factory.mktemp("browser")
    with running(folder) as address:
        yield address
    terminal = (folder / "log").read_text()
    assert not any(note in terminal for note in ("absl::", "oneDNN", "cuda drivers")), terminal


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium, one for all tests."""
    if sentence := trouble():
        pytest.fail(sentence)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable(), args=BROWSER_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A fresh visitor on the first page, drawn to its last sample."""
    context = dashboard.visitor(browser, viewport={"width": 1440, "height": 900})
    visitor = context.new_page()
    visitor.set_default_timeout(PATIENCE_MS)
    visitor.goto(server, wait_until="commit")
    visitor.get_by_role("button", name="Not a scan").first.wait_for()
    yield visitor
    context.close()
