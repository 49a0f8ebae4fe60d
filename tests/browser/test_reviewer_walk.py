"""A reviewer's way to believe or doubt the model: the matrix, its images, the curve, the card."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from arncnn.data import Dataset, load
from arncnn.figures import picture
from arncnn.labels import MEDICAL_MNIST
from arncnn.samples import catalogue
from arncnn.store import LOCAL_USER, Store
from tests import untrained_model
from tests.browser import switching
from tests.browser.conftest import PATIENCE_MS
from tests.browser.dashboard import started, visitor

pytestmark = pytest.mark.browser

CLASSES = 6
_EACH = 3  # drawings a class
_FIRST_READING_MS = 300_000  # a fresh server loads the model first, also on a busy machine


def _open(page: Page, title: str) -> None:
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def _click_first_cell(page: Page) -> None:
    """The cell of the first class, read right, on the open page of the matrix."""
    # The chart of the cells by its own key: charts of tabs not yet opened may be drawn before it.
    plot = page.locator('[class*="st-key-matrix_"][class*="_chart"] .nsewdrag').first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    cell = {"x": box["width"] / (2 * CLASSES), "y": box["height"] / (2 * CLASSES)}
    plot.click(position=cell)
    chosen = page.get_by_role("combobox", name="Images of a cell")
    expect(chosen).to_have_value(re.compile("Abdomen CT read right"))


def test_a_click_on_a_cell_of_the_matrix_lists_its_images(page: Page) -> None:
    _open(page, "Confusion matrix")
    _click_first_cell(page)
    # Without the data set on the machine an image is named by its place in it.
    expect(page.get_by_text("not part of this project and not on this machine")).to_be_visible()


@dataclass(frozen=True)
class WithData:
    """A dashboard on whose machine the data set of its model lies prepared."""

    page: Page
    dataset: Dataset
    home: Path


@pytest.fixture
def with_data(browser: Browser, tmp_path: Path) -> Iterator[WithData]:
    """A visitor whose first scan has been read: the model is loaded, no rerun is under way.

    The data set is made of the project's own drawings and the model is untrained: what is tested
    is the way from a cell to its image's evidence, not the answer.
    """
    source, home = _drawings(tmp_path / "drawn"), tmp_path / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARNCNN_HOME", str(home))
        dataset = load(source)
    model = untrained_model.build(tmp_path / "model", dataset).folder
    variables = {"ARNCNN_MODEL": str(model), "ARNCNN_DATA": str(source)}
    with started(tmp_path, variables) as dashboard:
        context = visitor(browser, viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(dashboard.address, wait_until="commit")
        page.locator(".st-key-samples_known_Hand_png").get_by_role("button").click()
        expect(page.locator(".arn-verdict")).to_be_visible(timeout=_FIRST_READING_MS)
        yield WithData(page, dataset, home)
        context.close()


def _drawings(folder: Path) -> Path:
    """The six drawn samples as a small data set, each with noise of its own."""
    random = np.random.default_rng(0)
    for label in MEDICAL_MNIST:
        drawn = cv2.imread(str(catalogue.FOLDER / f"{label}.png"), cv2.IMREAD_GRAYSCALE)
        (folder / label).mkdir(parents=True)
        for number in range(_EACH):
            small = cv2.resize(drawn, (64, 64), interpolation=cv2.INTER_AREA)
            noisy = np.clip(small + random.normal(0, 4, small.shape), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / label / f"{number}.png"), noisy)
    return folder


def test_an_image_of_a_cell_is_opened_as_evidence_with_one_click(with_data: WithData) -> None:
    page, dataset = with_data.page, with_data.dataset
    _open(page, "Confusion matrix")
    _click_first_cell(page)
    members = np.flatnonzero(dataset.targets == 0)
    for index in members:
        image = page.locator(f".st-key-matrix_cell_0_0_image_{index}")
        expect(image.locator("img")).to_be_visible()
        expect(image).to_contain_text(dataset.paths[index])
    chosen = members[1]
    page.locator(f".st-key-matrix_cell_0_0_open_{chosen}").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Evidence")
    switching.shown(page)
    content = picture.png(np.asarray(dataset.images[chosen]))
    store = Store.open(f"sqlite:///{with_data.home / 'arncnn.sqlite'}", folder=with_data.home)
    newest = store.cases.list(LOCAL_USER).cases[0]
    store.close()
    assert newest.scan_sha256 == hashlib.sha256(content).hexdigest()
    expect(page.get_by_role("combobox", name="Case")).to_have_value(re.compile(newest.id[:6]))


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
