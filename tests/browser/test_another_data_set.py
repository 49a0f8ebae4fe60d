"""From a ZIP of another data set to a model of it in service, and back to the bundled model.

One person without accounts, in a real browser: the upload is looked at and kept, a training of
one epoch transfers the bundled `paper` model to it, the candidate is promoted and reads a scan, and
every model page tells of the new data set until the model is rolled back.
"""

import io
import os
import re
import zipfile
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from arncnn.config import BUNDLED_MODELS
from tests.browser import dashboard
from tests.pages.operate.acting import measured

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200)]

NAME, LICENCE = "Three shapes", "CC0"
CLASSES = ("KneeMRI", "chest_xray", "Triangle")
PER_CLASS = 40
TRAINING_MS = 600_000  # beside other tests on two cores


def _drawn(kind: int, number: int) -> bytes:
    """A disc, square or triangle somewhere, with noise of its own, as PNG."""
    random = np.random.default_rng([kind, number])
    picture = np.full((72, 72), 40, np.float64)
    y, x = (int(value) for value in random.integers(24, 48, 2))
    r = int(random.integers(10, 18))
    corners = np.array([(x, y - r), (x - r, y + r), (x + r, y + r)])
    if kind == 0:
        cv2.circle(picture, (x, y), r, 190, -1)
    elif kind == 1:
        cv2.rectangle(picture, (x - r, y - r), (x + r, y + r), 190, -1)
    else:
        cv2.fillPoly(picture, [corners], 190)
    noisy = (picture + random.normal(0, 8, picture.shape)).clip(0, 255).astype(np.uint8)
    return cv2.imencode(".png", noisy)[1].tobytes()


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for kind, name in enumerate(CLASSES):
            for number in range(PER_CLASS):
                packed.writestr(f"shapes/{name}/{number}.png", _drawn(kind, number))
        packed.writestr("shapes/Triangle/broken.png", b"no picture")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("shapes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARNCNN_HOME", str(folder / "home"))
        measured()  # the trial of half a minute is another test's
    settings = {"ARNCNN_MODEL": str(BUNDLED_MODELS / "paper"), "ARNCNN_TRAINING_GB": "0"}
    with dashboard.started(
        folder, {**os.environ, **settings, "ARNCNN_HOME": str(folder / "home")}
    ) as at:
        context = dashboard.visitor(browser, viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(at.address, wait_until="commit")
        yield page
        context.close()


def test_a_zip_becomes_a_model_in_service_whose_pages_tell_of_it_and_is_rolled_back(
    visitor: Page,
) -> None:
    page = visitor
    _add(page)
    _train(page)
    _open(page, "Models")
    first = _in_service(page).inner_text()
    page.get_by_role("button", name=re.compile("^.*Promote( despite the gate)?$")).click()
    _say_why(page, "Promote now")
    expect(_in_service(page)).to_have_text(re.compile("^transfer-"))
    page.get_by_text("Candidate against the model in service").click()
    expect(page.get_by_text("answers with other classes")).to_be_visible()

    _open(page, "Read a scan")
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
    scan = {"name": "scan.png", "mimeType": "image/png", "buffer": _drawn(2, PER_CLASS)}
    page.locator('input[type="file"]').set_input_files(scan)
    page.wait_for_url("**case=*")
    expect(page.locator(".arn-verdict")).to_be_visible()
    for name in CLASSES:
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    expect(page.get_by_text("Abdomen CT", exact=True)).to_have_count(0)

    _open(page, "Data set")
    expect(page.get_by_text(f"{NAME}: 120 images")).to_be_visible()
    page.get_by_role("button", name="Analyse it").click()
    expect(page.get_by_role("heading", name="Duplicates and near-duplicates")).to_be_visible()
    expect(page.get_by_text("58,954")).to_have_count(0)
    _open(page, "Confusion matrix")
    expect(page.get_by_test_id("stMetric").filter(has_text="Errors")).to_contain_text("of 5")
    _open(page, "Comparison")
    expect(page.get_by_text("does not apply to this model")).to_be_visible()
    page.get_by_role("button", name="Compute the baselines").click()
    expect(page.get_by_test_id("stMetric").filter(has_text="This model")).to_be_visible()
    _open(page, "Model card")
    expect(page.get_by_text(f"“{NAME}”, 120 images of 3 classes.")).to_be_visible()

    _open(page, "Models")
    page.get_by_role("button", name="Roll back").click()
    _say_why(page, "Roll back now")
    expect(_in_service(page)).to_have_text(first)
    _open(page, "Data set")
    expect(page.get_by_text("Medical MNIST: 58,954 images")).to_be_visible()


def _add(page: Page) -> None:
    """Upload the ZIP, see what is in it and what was left out, and keep it under a name."""
    _open(page, "Retraining")
    page.get_by_text("Add a data set").click()
    given = {"name": "shapes.zip", "mimeType": "application/zip", "buffer": _zip()}
    page.locator('input[type="file"]').set_input_files(given)
    keep = page.get_by_role("button", name="Keep this data set")
    expect(keep).to_be_visible()
    expect(page.get_by_test_id("stMetric").filter(has_text="Images")).to_contain_text("120")
    expect(page.get_by_text("1 file left out, and why")).to_be_visible()
    expect(page.get_by_text("neither modality nor body part")).to_contain_text("Triangle")
    for label, text in (
        ("Name of the data set", NAME),
        ("Licence or permission for use", LICENCE),
    ):
        box = page.get_by_label(label, exact=True)
        box.fill(text)
        box.press("Enter")
        expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
    keep.click()
    expect(page.get_by_text(f"The data set “{NAME}” can be trained on now.")).to_be_visible()
    expect(page.get_by_text(f"Data set “{NAME}”, 3 classes")).to_be_visible()


def _train(page: Page) -> None:
    """One epoch of the recipe transfer, which the page proposes."""
    expect(page.get_by_role("radio", name=re.compile("^Transfer"))).to_be_checked()
    page.locator(".st-key-plan_settings").get_by_text("Settings", exact=True).click()
    for name, value in (("Maximum number of epochs", "1"), ("Images a step", "12")):
        box = page.get_by_label(name, exact=True)
        box.fill(value)
        box.press("Enter")
    expect(page.get_by_text("at most 1 epoch of 108 images")).to_be_visible()
    page.get_by_role("button", name="Retrain", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Queue it").click()
    expect(page.get_by_text("is in the registry")).to_be_visible(timeout=TRAINING_MS)


def _open(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.wait_for_timeout(500)
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()


def _in_service(page: Page) -> Locator:
    return page.get_by_test_id("stMarkdown").filter(has_text="In service:").locator("code")


def _say_why(page: Page, button: str) -> None:
    box = page.get_by_role("textbox", name="Reason")
    box.fill("another data set is tried")
    box.press("Enter")
    page.get_by_role("button", name=button, exact=True).click()
