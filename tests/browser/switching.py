"""How long a click on the evidence page takes to become a new picture.

``python -m tests.browser.switching [ROUNDS]`` prints one JSON object: for every kind of click the
median, the 95th percentile and the longest time, in milliseconds, from the click in the browser
until the first frame with the new overlay, decoded, has been painted there. The design's target is
300 ms.
"""

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.dashboard import BROWSER_ARGUMENTS, running, visitor
from tests.chromium import MISSING, executable

TARGET_MS = 300
PATIENCE_MS = 90_000
SAMPLE = "Chest X-ray"
OVERLAY = ".stage .map"  # over the scan in the viewer
BAR = ".viewer .colours"
FLAT = "[data-testid=stImage] img >> nth=0"  # the same map, then scan and network's input
FLAT_BAR = ".arn-scale >> nth=0"
_CLASSES = ("Hand X-ray", "Head CT")
_METHODS = ("Grad-CAM", "Integrated evidence")
_LAYERS = ("Attention module 1", "Attention module 8")

# What the eye sees there: the map, and how strongly it lies over the scan.
_LOOK = """
() => {
  const map = document.querySelector('[data-arn-viewer=ready]')?.shadowRoot.querySelector('.map');
  return map && {drawn: map.toDataURL() + ' ' + getComputedStyle(map).opacity + map.hidden};
}
"""
_WATCH = f"""
() => {{
  const look = {_LOOK};
  const before = look().drawn;
  window.arnWatch = new Promise((found) => {{
    let began = null;
    for (const kind of ['click', 'keydown']) {{
      addEventListener(kind, () => {{ began = performance.now(); }}, {{capture: true}});
    }}
    const painted = () => new Promise((done) => requestAnimationFrame(() => {{
      const after = new MessageChannel();  // its message is handled once the frame is on its way
      after.port1.onmessage = done;
      after.port2.postMessage(0);
    }}));
    const wait = async () => {{
      for (;;) {{
        const now = look();
        if (began !== null && now && now.drawn !== before) {{
          await painted();
          found(performance.now() - began);
          return;
        }}
        await new Promise(requestAnimationFrame);
      }}
    }};
    wait();
  }});
}}
"""


def to_evidence(page: Page, sample: str = SAMPLE) -> None:
    """From the first page: reads a sample and goes to its evidence, drawn to its end."""
    page.get_by_role("button", name=sample, exact=True).first.click()
    page.locator(".arn-verdict").wait_for()
    page.get_by_role("link", name="See the evidence on the image").click()
    shown(page)
    page.wait_for_load_state("networkidle")


def shown(page: Page) -> None:
    """Waits until the viewer shows the map over the scan."""
    page.locator('[data-arn-viewer="ready"]').wait_for(state="attached")
    page.locator(OVERLAY).wait_for()


def flatten(page: Page) -> None:
    """Changes from the viewer to the flat picture."""
    page.get_by_text("Flat image", exact=True).click()
    page.locator('[data-arn-viewer="ready"]').wait_for(state="detached")
    page.locator(FLAT).wait_for()
    page.locator(FLAT_BAR).wait_for()


def choose_class(page: Page, name: str) -> None:
    """Clicks a class."""
    page.get_by_role("radiogroup", name="Evidence for").get_by_text(name, exact=True).click()


def choose(page: Page, box: str, name: str) -> None:
    """Chooses from a select box."""
    page.get_by_role("combobox", name=box).click()
    page.get_by_role("option", name=name, exact=True).click()


def turn(page: Page, key: str) -> None:
    """Moves the opacity by a step."""
    page.get_by_role("slider", name="Opacity").press(key)


def drawn(page: Page) -> str:
    """The map as it is drawn, and how strongly: another string for another picture."""
    return str(page.evaluate(_LOOK)["drawn"])


def timed(page: Page, act: Callable[[], None]) -> float:
    """Milliseconds from the last click or key of ``act`` to the new picture."""
    page.evaluate(_WATCH)
    act()
    return float(page.evaluate("window.arnWatch"))


def measure(page: Page, rounds: int) -> dict[str, dict[str, float]]:
    """Times every kind of click, the kinds taking turns."""
    kinds: dict[str, Callable[[int], None]] = {
        "class": lambda n: choose_class(page, _CLASSES[n % 2]),
        "method": lambda n: choose(page, "Method", _METHODS[n % 2]),
        "opacity": lambda n: turn(page, ("ArrowLeft", "ArrowRight")[n % 2]),
    }
    if page.get_by_role("combobox", name="Layer").count():
        kinds["layer"] = lambda n: choose(page, "Layer", _LAYERS[n % 2])
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(rounds + 1):
        for name, act in kinds.items():
            took = timed(page, lambda act=act, number=number: act(number))
            if number:  # the first of each kind warms up
                times[name].append(took)
        if "layer" in kinds:
            choose(page, "Layer", "Last convolution")
            page.wait_for_timeout(1000)
    return {name: _summary(values) for name, values in times.items()}


def _summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1),
        "longest_ms": round(ordered[-1], 1),
    }


def main(rounds: int) -> int:
    """Measure and print; 0 when it could be measured."""
    browser_path = executable()
    if browser_path is None:
        sys.stderr.write(MISSING + "\n")
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_ARGUMENTS)
        page = visitor(browser, viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address, wait_until="commit")
        page.get_by_role("button", name="Not a scan").first.wait_for()
        to_evidence(page)
        found = measure(page, rounds)
        browser.close()
    json.dump({"rounds": rounds, "target_ms": TARGET_MS, "click_to_picture": found}, sys.stdout)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
