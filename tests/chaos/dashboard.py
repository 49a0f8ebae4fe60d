"""Kill the dashboard at random moments of uploads and corrections; nothing acknowledged is lost.

``python -m tests.chaos.dashboard --kills 100``: each round starts the real dashboard, gives it
a ZIP in a real browser, corrects a case in some rounds, and sends SIGKILL at a random moment.
Afterwards the store must verify. Every file of an upload that the page had taken is either in
the store or in the spool, every file that it showed as read is in the store, and every
correction that it had noted is there. At the end, a last start reads all that still waits.
Waits are for conditions, never for a time, so a busy machine only makes it slower.
"""

import argparse
import hashlib
import io
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from arncnn.store import LOCAL_USER, Store
from arncnn.store.verify import verify
from tests.browser.dashboard import BROWSER_ARGUMENTS, Started, started
from tests.chromium import MISSING, executable
from tests.load.scans import png
from tests.store.made_up import ADA

_FILES = 5  # in one upload
_MOMENT_S = 2.0  # after what a round waits for, the kill comes within this time
_PATIENCE_MS = 280_000


@dataclass
class Promised:
    """What the pages have shown as done.

    Attributes:
        uploads: SHA-256 of the files of every upload that was taken, by its name.
        read: at least so many files of an upload were shown as read.
        corrected: cases whose correction was noted.
    """

    uploads: dict[str, list[str]] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    corrected: set[str] = field(default_factory=set)


def campaign(kills: int, folder: Path, browser: Browser, seed: int) -> dict[str, int]:
    """That many rounds, a check after each; then everything that waits must be read."""
    chance, promised = random.Random(seed), Promised()
    for kill in range(kills):
        with started(folder) as dashboard:
            page = _visit(browser)
            try:
                _act(page, dashboard, kill, chance, promised)
                time.sleep(chance.random() * _MOMENT_S)
                _look(page, promised)
            finally:
                os.kill(dashboard.pid, signal.SIGKILL)
                page.context.close()
        _check(folder / "home", promised)
    return _finish(folder, browser, promised)


def _visit(browser: Browser) -> Page:
    page = browser.new_context().new_page()
    page.set_default_timeout(_PATIENCE_MS)
    return page


def _act(
    page: Page, dashboard: Started, kill: int, chance: random.Random, promised: Promised
) -> None:
    """What a person does until the kill."""
    name = f"upload-{kill}.zip"
    content = [png(kill * _FILES + number) for number in range(_FILES)]
    page.goto(dashboard.address, wait_until="commit")
    uploader = page.locator('input[type="file"]')
    uploader.wait_for(state="attached")
    file = {"name": name, "mimeType": "application/zip", "buffer": _zipped(content)}
    uploader.set_input_files(file)
    if chance.random() < 0.3:  # the kill may come before the page has taken it
        time.sleep(chance.random())
        if "/worklist" not in page.url:
            return
    page.wait_for_url("**/worklist*")
    promised.uploads[name] = [hashlib.sha256(data).hexdigest() for data in content]
    if chance.random() < 0.4 and promised.read:
        _correct(page, dashboard, chance, promised)
    elif chance.random() < 0.7:
        page.get_by_text(re.compile(rf"Read [1-9]\d* of {_FILES}|{_FILES} files:")).first.wait_for()
        _look(page, promised)


def _look(page: Page, promised: Promised) -> None:
    """Notes what the worklist shows of the newest upload."""
    try:
        if not promised.uploads or "/worklist" not in page.url:
            return
        text = page.locator("body").inner_text(timeout=1000)
    except BrowserError:  # between two pages: nothing is shown
        return
    name = list(promised.uploads)[-1]
    found = re.search(rf"Read (\d+) of {_FILES} files|{_FILES} files: (\d+) read", text)
    if found:
        promised.read[name] = max(promised.read.get(name, 0), int(found[1] or found[2]))


def _correct(page: Page, dashboard: Started, chance: random.Random, promised: Promised) -> None:
    """Says what a case shows; noted only once the page has said so."""
    store = Store.open()
    cases = [case.id for case in store.cases.list(LOCAL_USER, limit=200).cases]
    store.close()
    if not cases:
        return
    case_id = chance.choice(cases)
    page.goto(f"{dashboard.address}/probabilities?case={case_id}", wait_until="commit")
    page.get_by_role("button", name="Is this right?").click()
    page.get_by_text("None of these kinds").click()
    page.get_by_role("button", name="Say so").click()
    if chance.random() < 0.5:
        page.get_by_text("Noted.").first.wait_for()
        promised.corrected.add(case_id)


def _zipped(content: list[bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, data in enumerate(content):
            archive.writestr(f"{number}.png", data)
    return out.getvalue()


def _waiting(home: Path) -> set[str]:
    """The names of the uploads in the spool that are not read to the end."""
    lists = home.glob("spool/*/*/files.json")
    left = [path for path in lists if not (path.parent / "over").exists()]
    return {name for path in left for _, name in json.loads(path.read_text())}


def _check(home: Path, promised: Promised) -> None:
    """Raises AssertionError when a promise was broken."""
    store = Store.open()
    found = verify(store, ADA)
    if not found.is_intact:
        raise AssertionError(f"the store does not verify: {found.problems}")
    there: set[str] = set()
    for start in range(0, 1_000_000, 1000):
        page = store.cases.list(LOCAL_USER, offset=start, limit=1000).cases
        there |= {case.scan_sha256 for case in page}
        if not page:
            break
    waiting = _waiting(home)
    for name, files in promised.uploads.items():
        missing = [file for file in files if file not in there]
        if missing and name not in waiting:
            raise AssertionError(f"{name} was taken, and {len(missing)} of its files are lost")
        if len(files) - len(missing) < promised.read.get(name, 0):
            raise AssertionError(f"a file of {name} was shown as read and is not in the store")
    for case_id in promised.corrected:
        if not store.corrections.opinions(LOCAL_USER, case_id).corrections:
            raise AssertionError("a correction that was noted is lost")
    store.close()


def _finish(folder: Path, browser: Browser, promised: Promised) -> dict[str, int]:
    """Starts once more, lets it read what waits, and counts."""
    home = folder / "home"
    left = len(_waiting(home))
    with started(folder) as dashboard:
        page = _visit(browser)
        page.goto(f"{dashboard.address}/worklist", wait_until="commit")
        while _waiting(home):
            page.wait_for_timeout(500)
        page.context.close()
    for name, files in promised.uploads.items():
        promised.read[name] = len(files)
    _check(home, promised)
    return {
        "uploads_taken": len(promised.uploads),
        "files_taken": sum(map(len, promised.uploads.values())),
        "corrections_noted": len(promised.corrected),
        "uploads_waiting_after_the_last_kill": left,
        "lost": 0,
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    path = executable()
    if path is None:
        sys.stderr.write(MISSING + "\n")
        return 1
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["ARNCNN_HOME"] = str(Path(folder) / "home")
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        result = campaign(arguments.kills, Path(folder), browser, arguments.seed)
        browser.close()
    seconds = round(time.monotonic() - begun, 1)
    told = {"kills": arguments.kills, "seed": arguments.seed, **result, "seconds": seconds}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
