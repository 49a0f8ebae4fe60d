"""The viewer in a real browser: values, window, slices, full resolution, and who may fetch.

WebGL is drawn in software here.
"""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pydicom
import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser import dashboard, switching
from tests.browser.conftest import PATIENCE_MS
from tests.intake import made

pytestmark = pytest.mark.browser
_EDGE, _FRAMES = 128, 6
_GEOMETRY = {
    "RescaleSlope": "1",
    "RescaleIntercept": "-1024",
    "PixelSpacing": ["0.8", "0.8"],
    "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
}


# How often the viewer's code was fetched, as soon as it was.
_CODES = """() => new Promise(done => {
  const look = () => {
    const fetched = performance.getEntriesByType("resource");
    const found = fetched.filter(each => each.name.endsWith("/viewer.js")).length;
    found ? done(found) : setTimeout(look, 50);
  };
  look();
})"""


def _slices() -> np.ndarray:
    """A volume of which no two pixels of a slice, and no two slices, are alike in value."""
    ramp = np.arange(_EDGE * _EDGE, dtype=np.uint16).reshape(_EDGE, _EDGE) // 8
    return np.stack([ramp + 100 * frame for frame in range(_FRAMES)])


def _film() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4096, (2000, 2000), dtype=np.uint16)


@pytest.fixture
def seen(page: Page) -> Iterator[list[Response]]:
    """What the viewer has fetched."""
    fetched: list[Response] = []
    page.on("response", lambda answer: "arn_viewer" in answer.url and fetched.append(answer))
    yield fetched


def _give(page: Page, file: bytes) -> None:
    given = {"name": "scan.dcm", "mimeType": "application/dicom", "buffer": file}
    page.locator('input[type="file"]').first.set_input_files([given])
    expect(page.get_by_role("heading", name="Reading", exact=True)).to_be_visible()
    _ready(page)


def _ready(page: Page) -> None:
    page.locator('[data-arn-viewer="ready"]').first.wait_for(state="attached", timeout=PATIENCE_MS)


def _mark(page: Page, name: str) -> str:
    return page.locator(f".marks .{name}").first.text_content() or ""


def _picture(page: Page) -> bytes:
    page.wait_for_timeout(300)
    return page.locator(".stage .canvas").first.screenshot()


def test_a_ct_is_read_out_in_hounsfield_units_windowed_scrolled_and_kept(
    page: Page, seen: list[Response]
) -> None:
    assert page.evaluate(_CODES) == 1, "the code comes ahead, while no scan is there"
    file = made.dicom(_slices(), **_GEOMETRY)
    stored = pydicom.dcmread(BytesIO(file)).pixel_array.astype(int) - 1024
    _give(page, file)
    box = page.locator(".stage").first.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] + 20, middle[1] - 30)
    said = re.fullmatch(r"(−?\d+) HU  \((\d+), (\d+)\)", _mark(page, "value"))
    assert said, _mark(page, "value")
    value, column, row = (int(part.replace("−", "-")) for part in said.groups())
    assert value == stored[_FRAMES // 2, row - 1, column - 1]
    assert [_mark(page, side) for side in ("left", "right", "top", "bottom")] == [*"RLAP"]
    assert _mark(page, "scale") in ("1 cm", "2 cm", "5 cm")

    before, window = _picture(page), _mark(page, "window")
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 40, middle[1] + 30, steps=4)
    page.mouse.up()
    assert _mark(page, "window") != window
    assert _picture(page) != before

    assert _mark(page, "slice") == f"Frame 4 of {_FRAMES}"
    page.mouse.wheel(0, 100)
    expect(page.locator(".marks .slice").first).to_contain_text(f"Frame 5 of {_FRAMES}")
    page.get_by_label("Window", exact=True).first.select_option(label="Lung (W 1500, L -600)")
    assert _mark(page, "window") == "W 1500  L −600 HU"

    assert page.evaluate(_CODES) == 1, "the code crosses once"
    fetched = len(seen)
    page.get_by_role("link", name="Worklist", exact=True).click()
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    page.get_by_role("link", name="Reading", exact=True).first.click()
    _ready(page)
    expect(page.locator(".marks .window").first).to_have_text("W 1500  L −600 HU")
    expect(page.locator(".marks .slice").first).to_contain_text(f"Frame 5 of {_FRAMES}")
    assert len(seen) == fetched, "neither the code nor a slice crosses anew from page to page"

    page.locator(".viewer").first.focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".marks .slice").first).to_have_text(f"Frame 4 of {_FRAMES}")
    page.keyboard.press("?")
    expect(page.get_by_role("rowheader", name="Home, End")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".viewer").first.focus()
    page.keyboard.press("r")
    expect(page.locator(".marks .window").first).not_to_have_text("W 1500  L −600 HU")
    page.keyboard.press("End")
    page.get_by_role("button", name=f"Read frame {_FRAMES}").click()
    expect(page.locator(".marks .slice").first).to_have_text(f"Frame {_FRAMES} of {_FRAMES}")


@pytest.mark.attack
def test_a_film_arrives_whole_and_only_where_it_is_shown(
    page: Page, seen: list[Response], browser: Browser
) -> None:
    _give(page, made.dicom(_film(), Modality="DX", SeriesInstanceUID="1.2.3.5"))
    (pixels,) = [answer for answer in seen if "/pixels/" in answer.url]
    assert np.array_equal(np.frombuffer(pixels.body(), "<u2").reshape(2000, 2000), _film())
    assert pixels.headers["cache-control"] == "no-store"
    assert page.evaluate("address => fetch(address).then(found => found.status)", pixels.url) == 200
    other = dashboard.visitor(browser)
    stranger = other.new_page()
    stranger.goto(pixels.url.partition("/_stcore")[0], wait_until="commit")
    asked = "address => fetch(address).then(found => found.status)"
    assert stranger.evaluate(asked, pixels.url) == 403
    assert stranger.evaluate(asked, pixels.url.replace("/pixels/", "/pixels/0")) == 404
    other.close()


def test_a_series_is_scrolled_and_its_map_keeps_to_its_slice(page: Page) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as disc:
        for number, stored in enumerate(_slices()[:4]):
            disc.writestr(
                f"{number}.dcm", made.dicom(stored, SeriesInstanceUID="1.2.3.6", **_GEOMETRY)
            )
    given = {"name": "disc.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    page.locator('input[type="file"]').first.set_input_files([given])
    expect(page.get_by_role("link", name="Reading", exact=True).first).to_be_visible()
    expect(page.get_by_text("4 files: 4 read.").first).to_be_visible()
    page.get_by_role("link", name="Reading", exact=True).first.click()
    _ready(page)
    place = page.locator(".marks .slice").first
    expect(place).to_contain_text("of 4")
    page.locator(".viewer").first.focus()
    page.keyboard.press("Home")
    expect(place).to_contain_text("Slice 1 of 4")
    page.keyboard.press("ArrowDown")
    expect(place).to_contain_text("Slice 2 of 4")
    page.get_by_role("button", name="Open the reading of slice 2").click()
    expect(place).to_have_text("Slice 2 of 4")
    page.get_by_label("Window", exact=True).first.select_option(label="Bone (W 1800, L 400)")

    page.get_by_role("link", name="Evidence", exact=True).first.click()
    _ready(page)
    expect(page.locator(".marks .window").first).to_have_text("W 1800  L 400 HU")
    shown = page.locator(".stage .map").first
    expect(shown).to_be_visible()
    page.locator(".viewer").first.focus()
    page.keyboard.press("ArrowDown")
    expect(place).to_have_text(re.compile("Slice 3 of 4\\s*The answer is of slice 2"))
    expect(shown).to_be_hidden()


def test_without_webgl_the_picture_stands(browser: Browser, server: str) -> None:
    context = dashboard.visitor(browser, viewport={"width": 1440, "height": 900})
    context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    visitor = context.new_page()
    visitor.set_default_timeout(PATIENCE_MS)
    visitor.goto(server, wait_until="commit")
    visitor.get_by_role("button", name="Head CT", exact=True).click()
    picture = visitor.get_by_alt_text("The scan, read as Head CT")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None and box["width"] > 200
    assert visitor.locator("[data-arn-viewer]").count() == 0
    visitor.get_by_role("link", name="See the evidence on the image").click()
    expect(visitor.locator(switching.FLAT)).to_be_in_viewport(ratio=1)
    expect(visitor.locator(switching.FLAT_BAR)).to_be_in_viewport(ratio=1)
    switching.turn(visitor, "Home")
    expect(visitor.locator(switching.FLAT)).to_have_css("opacity", "0")
    assert visitor.locator("[data-arn-viewer]").count() == 0
    context.close()


def test_a_correction_is_decided_on_the_viewer(page: Page) -> None:
    for sample in ("Head CT", "Hand X-ray"):
        page.get_by_role("link", name="Read a scan", exact=True).click()
        samples = page.locator('[class*="st-key-samples_known"]')  # not "No, it is" of the last one
        samples.get_by_role("button", name=sample, exact=True).click()
        expect(page.locator(".arn-verdict")).to_contain_text(sample)
        page.get_by_role("button", name="Yes, right").click()
        expect(page.get_by_text("You said").first).to_be_visible()
    page.get_by_role("link", name="Corrections", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Corrections")
    _ready(page)
    card = page.locator(".stMain .stage").first
    box, word = card.bounding_box(), page.get_by_text("Read as").first.bounding_box()
    assert box is not None and word is not None
    assert box["x"] < word["x"] and box["width"] > 250, "the picture comes first, and large"
    plain = page.get_by_alt_text(re.compile("as it was read")).first.bounding_box()
    assert plain is None or plain["width"] < 20, "and stands once"
