"""axe-core on every page, light and dark: nothing serious that these pages cause.

Folded parts are unfolded, and what buttons open is opened. What only a real training shows is
looked at in ``tests/browser/test_whole_story.py``, what stands before a sign-in in
``tests/browser/test_accounts.py`` and ``tests/browser/test_token.py``.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from arncnn.files import lock
from arncnn.store import Store
from arncnn.store.job import State
from arncnn.store.roles import SUPERVISOR
from pages.ui import navigation
from pages.ui.navigation import SECTIONS
from tests.browser import axe, ct_series, switching
from tests.browser.axe import serious
from tests.browser.conftest import PATIENCE_MS
from tests.browser.dashboard import running, visitor
from tests.pages.operate.acting import running as started_training

pytestmark = pytest.mark.browser

_CAN_BE_EMPTY = (
    navigation.PROBABILITIES,
    navigation.EXPLANATIONS,
    navigation.WORKLIST,
    navigation.FIND,
    navigation.CORRECTIONS,
    navigation.HEADERS,
    navigation.SOURCES,
)
_EPOCH = {
    "epoch": 1, "loss": 0.3, "accuracy": 95.0, "v_loss": 0.2, "v_acc": 97.0, "lr": 1e-3,
    "next_lr": 1e-3, "monitor": "val_loss", "improvement_percent": 0.0, "duration_s": 10.0,
    "v_log_loss": 0.1, "control": "best",
}  # fmt: skip


@pytest.fixture(scope="module")
def visit(browser: Browser, server: str) -> Iterator[Page]:
    """A visitor who has read two scans, and corrected one."""
    context = visitor(browser, viewport={"width": 1440, "height": 900}, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(server, wait_until="commit")
    page.get_by_role("button", name="Hand X-ray", exact=True).first.click()
    expect(page.locator(".arn-verdict")).to_be_visible()
    page.get_by_role("button", name="Yes, right").click()
    expect(page.get_by_text("You said").first).to_be_visible()
    yield page
    context.close()


def test_no_page_has_a_serious_violation_of_its_own(visit: Page) -> None:
    found = []
    for entry in (entry for entries in SECTIONS.values() for entry in entries):
        _open(visit, entry.title)
        axe.unfold(visit)
        found += serious(visit, entry.title)
        found += axe.popovers(visit, entry.title)
    assert found == []


def test_what_is_refused_and_what_fails_has_none_either(visit: Page) -> None:
    _open(visit, "Read a scan")
    visit.locator(".st-key-samples_outside_Landscape_png").get_by_role("button").click()
    expect(visit.locator(".arn-verdict.refuse")).to_be_visible()
    visit.get_by_text("Show the numbers anyway").click()
    expect(visit.locator(".arn-bars li .name")).to_have_count(6)
    found = serious(visit, "refused reading")
    visit.get_by_role("link", name="See the evidence on the image").click()
    expect(visit.get_by_text("are not evidence for an answer")).to_be_visible()
    found += serious(visit, "refused evidence")

    _open(visit, "Read a scan")
    notes = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no scan\n" * 99}
    visit.locator('input[type="file"]').set_input_files(notes)
    expect(visit.get_by_role("alert").filter(has_text="could not be read")).to_be_visible()
    found += serious(visit, "failed upload")

    _open(visit, "Worklist")
    visit.get_by_role("textbox", name="Search").fill("nothing has this name")
    visit.keyboard.press("Enter")
    expect(visit.get_by_text("No case matches these filters")).to_be_visible()
    found += serious(visit, "filtered worklist")
    visit.get_by_role("button", name="Clear the filters").click()
    expect(visit.locator(".arn-counts")).to_be_visible()
    assert found == []


def test_a_series_its_evidence_and_the_demo_have_none_either(visit: Page) -> None:
    _open(visit, "Read a scan")
    visit.locator('input[type="file"]').set_input_files(ct_series.files(3)[:4])
    expect(visit.locator("strong", has_text="4 files: 4 read")).to_be_visible()
    visit.get_by_text("Only the files of this upload").click()
    expect(visit.locator(".arn-counts b").first).to_have_text("2")
    found = serious(visit, "worklist of one upload")
    _open(visit, "Reading")
    visit.locator('[data-arn-viewer="ready"]').first.wait_for(state="attached")
    axe.unfold(visit)
    found += serious(visit, "series, unfolded")
    _open(visit, "Evidence")
    switching.shown(visit)
    found += serious(visit, "evidence of a series")
    for tab in ("Inside a module", "Checks on the pixels", "Similar cases"):
        visit.get_by_role("tab", name=tab).click()
        found += serious(visit, tab)
    switching.flatten(visit)
    found += serious(visit, "evidence, flat")
    _open(visit, "Read a scan")
    visit.get_by_role("button", name="Show me", exact=True).click()
    expect(visit.get_by_role("region", name="Guided demo")).to_be_visible()
    expect(visit.locator(".arn-bars li .name")).to_have_count(6)
    found += serious(visit, "guided demo")
    visit.get_by_role("button", name="Leave").click()
    assert found == []


def test_pages_that_have_nothing_yet_and_a_training_have_none_either(
    browser: Browser, tmp_path: Path
) -> None:
    with running(tmp_path) as address:
        context = visitor(browser, viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address, wait_until="commit")
        page.get_by_role("button", name="Not a scan").first.wait_for()
        found = serious(page, "first page")
        for entry in _CAN_BE_EMPTY:
            _open(page, entry.title)
            found += serious(page, f"{entry.title}, empty")
        with _training(tmp_path / "home") as end:
            _open(page, "Retraining")
            expect(page.get_by_test_id("stMetric").filter(has_text="Step")).to_be_visible()
            axe.unfold(page)
            found += serious(page, "a training that runs")
            end()
            expect(page.get_by_text("No candidate was made")).to_be_visible()
            axe.unfold(page)
            found += serious(page, "a training that was cancelled")
        context.close()
    assert found == []


@contextmanager
def _training(home: Path) -> Iterator[Callable[[], None]]:
    """A training in its second epoch, supervised by nobody else; what is given cancels it."""
    (home / "jobs").mkdir(exist_ok=True)
    with (
        lock(home / "jobs" / "supervisor.lock") as held,
        closing(Store.open(f"sqlite:///{home / 'arncnn.sqlite'}", folder=home)) as store,
    ):
        assert held is not None
        work = store.jobs.work
        _, claim = started_training(store)
        work.event(SUPERVISOR, claim, "epoch", _EPOCH)
        yield lambda: work.finish(SUPERVISOR, claim, State.CANCELLED)


def _open(visit: Page, title: str) -> None:
    visit.get_by_role("link", name=title, exact=True).click()
    expect(visit.get_by_role("heading", level=1)).to_have_text(title)
    expect(visit.locator("[data-test-script-state=notRunning]")).to_be_visible()
