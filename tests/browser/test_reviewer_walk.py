"""A reviewer's way to believe or doubt the model: the matrix, its images, the curve, the card."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from arncnn.data import Dataset
from tests.browser.conftest import PATIENCE_MS
from tests.browser.dashboard import running
from tests.conftest import BUILD

pytestmark = pytest.mark.browser

CLASSES = 6


@pytest.fixture
def page_with_data(
    browser: Browser, mednist: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """A visitor of a dashboard on whose machine the data set lies prepared."""
    folder = tmp_path_factory.mktemp("with-data")
    (folder / "home").mkdir(mode=0o700)
    (folder / "home" / "data").symlink_to(BUILD / "home" / "data")
    with running(folder) as address:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address, wait_until="commit")
        page.locator(".st-key-charts_ahead").wait_for(state="attached")  # the model is ready
        yield page
        context.close()


def _open(page: Page, title: str) -> None:
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_what_draws_charts_is_fetched_before_a_chart_is_asked_for(page: Page) -> None:
    hidden = page.locator(".st-key-charts_ahead")
    expect(hidden).to_be_attached()  # the model is ready
    expect(hidden.locator(".js-plotly-plot")).to_be_attached()
    expect(hidden).to_be_hidden()


def _click_first_cell(page: Page) -> None:
    """The cell of the first class, read right."""
    plot = page.locator('[class*="st-key-matrix_"] .nsewdrag').first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    cell = {"x": box["width"] / (2 * CLASSES), "y": box["height"] / (2 * CLASSES)}
    plot.click(position=cell)


def test_a_click_on_a_cell_of_the_matrix_lists_its_images(page: Page) -> None:
    _open(page, "Confusion matrix")
    _click_first_cell(page)
    chosen = page.get_by_role("combobox", name="Images of a cell")
    expect(chosen).to_have_value(re.compile("Abdomen CT read right"))
    # Without the data set on the machine an image is named by its place in it.
    expect(page.get_by_text("The pictures are not on this machine")).to_be_visible()


def test_where_the_data_is_here_a_cell_shows_its_images_and_one_opens_as_evidence(
    page_with_data: Page,
) -> None:
    page = page_with_data
    _open(page, "Confusion matrix")
    _click_first_cell(page)
    shown = page.locator('[class*="st-key-matrix_cell_0_0_image_"]')
    expect(shown.first.locator("img")).to_be_visible()
    expect(shown).to_have_count(12)  # a page of them
    shown.first.get_by_role("button", name="Evidence").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Evidence")
    expect(page.locator(".arn-verdict")).to_be_visible()
    opened = page.get_by_role("combobox", name="Case")
    expect(opened).to_have_value(re.compile("Abdomen CT"))  # the file's name is not kept


def test_the_papers_epochs_are_laid_over_ours_and_the_card_can_be_kept(page: Page) -> None:
    _open(page, "Training curve")
    page.get_by_text("The paper's five epochs", exact=True).first.click()
    expect(page.locator(".js-plotly-plot .legendtext", has_text="paper").first).to_be_visible()
    _open(page, "Model card")
    with page.expect_download() as given:
        page.get_by_role("button", name="Download the card (Markdown)").click()
    card = given.value.path().read_text(encoding="utf-8")
    model = page.locator(".arn-foot code").inner_text()
    assert model in card and "Not for diagnosis" in card
