"""Every page opened by its link, the model loaded: until its head and what it is for are painted.

The clock runs in the browser, from the click to the first frame that shows both.
"""

import statistics
import time
from collections.abc import Callable

from playwright.sync_api import Page, WebSocket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.ui.navigation import SECTIONS, Entry
from tests.load.sessions import SAMPLE

TARGET_S = 1.5
_PATIENCE_MS = 30_000
_QUIET_MS = 1500  # a page that has sent nothing for so long has ended its reruns
_CHART, _TABLE = ".js-plotly-plot .main-svg", "[data-testid=stDataFrame] canvas"
_EMPTY = "[data-testid=stMarkdown] h4"  # what a page says in place of a table without rows

# What a person opens the page for, by its address; a part that the page before left behind,
# which Streamlit marks as stale, does not count.
CONTENT = {
    "upload": "[data-testid=stFileUploader]",
    "probabilities": ".arn-verdict",
    "explanations": "[data-testid=stImage] img",
    "worklist": _TABLE,
    "find": _EMPTY,
    "training_curve": _CHART,
    "confusion_matrix": _CHART,
    "comparison": _CHART,
    "reproduction": _CHART,
    "data_set": _CHART,
    "network": _CHART,
    "model_card": ".st-key-card_text h2",
    "retraining": "h3",
    "corrections": "[class*=st-key-correction_] [data-testid=stImage] img",
    "headers": _EMPTY,
    "sources": "[data-testid=stTextInput] input",
    "models": ".st-key-serving",
    "audit": _TABLE,
    "people": _EMPTY,
}
_WATCH = """
([title, selector]) => {
  const isSeen = (element) => {
    if (element.closest('[data-stale=true]')) return false;
    if (element.tagName === 'IMG' && !(element.complete && element.naturalWidth)) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  };
  const has = () => [...document.querySelectorAll('[data-testid=stMain] ' + selector)].some(isSeen);
  const isHead = () => {
    const head = document.querySelector('[data-testid=stMain] h1');
    return head && head.textContent === title && isSeen(head);
  };
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const after = new MessageChannel();  // its message is handled once the frame is on its way
    after.port1.onmessage = done;
    after.port2.postMessage(0);
  }));
  window.arnPage = new Promise((found) => {
    addEventListener('click', async () => {
      const began = performance.now();
      const seconds = () => (performance.now() - began) / 1000;
      while (!isHead()) await new Promise(requestAnimationFrame);
      await painted();
      const head = seconds();
      while (!(isHead() && has())) await new Promise(requestAnimationFrame);
      await painted();
      found([head, seconds()]);
    }, {capture: true, once: true});
  });
}
"""
_SEEN = """
(patience) => {
  const late = new Promise((done) => setTimeout(done, patience, null));
  return Promise.race([window.arnPage, late]);
}
"""


class Runs:
    """Counts runs of the script in what the server sends."""

    def __init__(self) -> None:
        self.runs = 0
        self.ended_at = 0.0
        self.is_running = False

    def listen(self, socket: WebSocket) -> None:
        """Follows what comes over the socket."""
        socket.on("framereceived", self._see)

    def _see(self, payload: bytes | str) -> None:
        message = ForwardMsg()
        message.ParseFromString(payload if isinstance(payload, bytes) else payload.encode())
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.runs, self.is_running = self.runs + 1, True
        elif kind == "script_finished":
            self.ended_at, self.is_running = time.perf_counter(), False


def every_page(page: Page, counted: Runs, rounds: int) -> dict[str, dict[str, float]]:
    """For every page, in seconds: to its head, to its content, to the end of its script.

    The first round is the first visitor of the day; what a page keeps is computed then. Its
    figure stands beside the medians of the rounds after it and the slowest of those.

    Args:
        page: on the first page, of a dashboard that has read nothing yet.
        counted: listens to the page's socket.
        rounds: through all pages after the first.
    """
    page.get_by_role("button", name=SAMPLE, exact=True).first.click()
    page.locator(".arn-verdict").wait_for()
    _correct(page)  # so that the queue of corrections has one
    seen: dict[str, list[dict[str, float]]] = {}
    for _ in range(1 + rounds):
        for entry in (entry for entries in SECTIONS.values() for entry in entries):
            seen.setdefault(entry.title, []).append(_opened(page, counted, entry))
    return {title: _summary(found) for title, found in seen.items()}


def _correct(page: Page) -> None:
    page.get_by_role("button", name="Something else").click()
    page.get_by_test_id("stForm").get_by_text("Hand X-ray", exact=True).click()
    page.get_by_role("button", name="Send").click()
    page.get_by_text("You said").wait_for()


def _opened(page: Page, counted: Runs, entry: Entry) -> dict[str, float]:
    page.wait_for_timeout(_QUIET_MS)
    counted.runs, counted.ended_at = 0, 0.0
    address = entry.script.rpartition("/")[2].removesuffix(".py")
    page.evaluate(_WATCH, [entry.title, CONTENT[address]])
    began = time.perf_counter()
    page.get_by_role("link", name=entry.title, exact=True).click()
    seen = page.evaluate(_SEEN, _PATIENCE_MS)
    if seen is None:
        raise TimeoutError(f"The page {entry.title!r} did not show {CONTENT[address]!r}.")
    head, content = seen
    page.wait_for_timeout(_QUIET_MS)
    while counted.is_running:
        page.wait_for_timeout(100)
    return {
        "head_s": head,
        "content_s": content,
        "whole_s": counted.ended_at - began,
        "runs": counted.runs,
    }


def _summary(found: list[dict[str, float]]) -> dict[str, float]:
    first, *later = found

    def of(name: str, by: Callable[[list[float]], float] = statistics.median) -> float:
        return by([one[name] for one in later])

    return {
        "head_s": of("head_s"),
        "content_s": of("content_s"),
        "slowest_content_s": of("content_s", max),
        "first_content_s": first["content_s"],
        "whole_s": of("whole_s"),
        "runs": of("runs", max),
    }
