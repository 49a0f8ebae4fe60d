"""A reviewer's way to believe or doubt the model: the matrix, its images, the curve, the card."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

CLASSES = 6


def _open(page: Page, title: str) -> None:
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_a_click_on_a_cell_of_the_matrix_lists_its_images(page: Page) -> None:
    _open(page, "Confusion matrix")
    # The chart of the cells by its own key: charts of tabs not yet opened may be drawn before it.
    plot = page.locator('[class*="st-key-matrix_"][class*="_chart"] .nsewdrag').first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    cell = {"x": box["width"] / (2 * CLASSES), "y": box["height"] / (2 * CLASSES)}
    plot.click(position=cell)  # the first class, read right
    chosen = page.get_by_role("combobox", name="Images of a cell")
    expect(chosen).to_have_value(re.compile("Abdomen CT read right"))
    # Without the data set on the machine an image is named by its place in it.
    expect(page.get_by_text("The pictures are not on this machine")).to_be_visible()


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
