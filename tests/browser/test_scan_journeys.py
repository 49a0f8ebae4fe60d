"""A visitor's way from a file to its reading and its evidence, in a real browser."""

import io
import re
import zipfile
from pathlib import Path

import pydicom.examples
import pytest
from playwright.sync_api import Page, expect

from arncnn.samples import catalogue
from tests.browser import switching, uploader

pytestmark = pytest.mark.browser

HAND = (catalogue.FOLDER / "Hand.png").read_bytes()


def _give(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    uploader.empty(page).set_input_files(file)


def _dicom_without_pixels() -> bytes:
    dataset = pydicom.examples.ct
    del dataset.PixelData
    out = io.BytesIO()
    dataset.save_as(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["png", "dicom"])
def test_an_upload_shows_class_probabilities_uncertainty_and_evidence(
    page: Page, kind: str
) -> None:
    content = HAND if kind == "png" else Path(pydicom.examples.get_path("ct")).read_bytes()
    _give(page, "a scan without an ending", content)
    expect(page.locator(".arn-verdict")).to_be_visible()
    page.get_by_text(re.compile("Show the numbers anyway|^(Very|Fairly|Not) sure, ")).click()
    expect(page.locator(".arn-facts th", has_text="Entropy")).to_be_visible()
    expect(page.locator(".arn-bars li .name")).to_have_count(6)
    page.get_by_role("link", name="See the evidence on the image").click()
    expect(page.locator(switching.OVERLAY)).to_be_visible()
    expect(page.locator(switching.BAR)).to_be_visible()
    expect(page.get_by_text("All cells together: ")).to_be_visible()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"These are notes, not a scan.\n" * 20, "could not be read"),
        (b"", "empty"),
        (HAND[: len(HAND) // 2], "ends before its image is complete"),
        (_dicom_without_pixels(), "holds no image"),
    ],
    ids=["text", "empty", "truncated PNG", "DICOM without pixels"],
)
def test_a_wrong_file_gets_a_sentence_and_the_next_file_is_read(
    page: Page, content: bytes, sentence: str
) -> None:
    _give(page, "wrong", content)
    expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    _give(page, "right.png", HAND)
    expect(page.locator(".arn-verdict")).to_be_visible()


def test_a_case_survives_a_refresh(page: Page) -> None:
    page.get_by_role("button", name="Chest X-ray", exact=True).first.click()
    expect(page.locator(".arn-verdict")).to_be_visible()
    page.wait_for_url("**case=*")
    before = page.locator(".arn-verdict").inner_text()
    page.reload(wait_until="commit")
    expect(page.locator(".arn-verdict")).to_have_text(before, use_inner_text=True)


def test_every_file_of_a_zip_is_accounted_for(page: Page) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as stream:
        for number, name in enumerate(("HeadCT", "CXR", "Hand")):
            stream.writestr(f"{number}.png", (catalogue.FOLDER / f"{name}.png").read_bytes())
        stream.writestr("again.png", HAND)
        stream.writestr("notes.txt", "no scan")
    _give(page, "disc.zip", archive.getvalue())
    account = page.locator("strong", has_text="5 files: 4 read")
    expect(account).to_contain_text("1 not readable")
    expect(page.get_by_text("1 of 5 files could not be read")).to_be_visible()
