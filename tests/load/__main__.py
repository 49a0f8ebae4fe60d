"""What people wait for and what stays in memory: ``make load`` writes assets/measured/load.json.

Run on an otherwise idle machine: about eight minutes on two cores. The dashboard under
test listens on this machine only, has a home of its own and goes when the measure ends.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from arncnn.experiments import targets
from tests.browser.dashboard import BROWSER_ARGUMENTS, ROOT, running, started
from tests.chromium import MISSING, executable
from tests.load import in_browser, sessions, stored, viewer

_STARTS = 3  # the median counts
_CROWD = 300  # people at once, of whom not all are served
RESULT = ROOT / "assets" / "measured" / "load.json"
TABLE = RESULT.with_name("targets.json")


def in_the_browser(folder: Path, repeats: int) -> dict[str, Any]:
    """What needs a browser, but for the pages."""
    found: dict[str, Any] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=BROWSER_ARGUMENTS)
        starts = [
            in_browser.cold_start(browser, _made(folder / f"cold {number}"))
            for number in range(_STARTS)
        ]
        found["cold_start"] = {
            "starts": _STARTS,
            **{key: statistics.median(start[key] for start in starts) for key in starts[0]},
        }
        with running(_made(folder / "warm")) as address:
            found["upload_to_result"] = in_browser.uploads(browser, address, repeats)
        browser.close()
    return found


def every_page(folder: Path, rounds: int) -> dict[str, Any]:
    """How long each page takes to be painted, in a dashboard of its own."""
    with sync_playwright() as playwright, running(_made(folder / "pages")) as address:
        browser = playwright.chromium.launch(executable_path=executable(), args=BROWSER_ARGUMENTS)
        found = in_browser.every_page(browser, address, rounds)
        browser.close()
    return {"pages": found}


def in_the_viewer(folder: Path, repeats: int) -> dict[str, Any]:
    """The viewer's first picture and its slices, in a dashboard of its own."""
    with sync_playwright() as playwright, running(_made(folder / "viewer")) as address:
        browser = playwright.chromium.launch(executable_path=executable(), args=BROWSER_ARGUMENTS)
        found = viewer.measured(browser, address, repeats)
        browser.close()
    return {"viewer": found}


def without_browser(folder: Path, count: int, seconds: float, uploads: int) -> dict[str, Any]:
    """Sessions over websockets, and memory."""
    found: dict[str, Any] = {}
    with running(_made(folder / "sessions")) as address:
        found["acting"] = sessions.run(lambda: sessions.acting(address, count, seconds))
    with started(_made(folder / "memory")) as dashboard:
        found["memory"] = sessions.run(lambda: sessions.uploading(dashboard, uploads))
    with started(_made(folder / "crowd")) as dashboard:
        found["crowd"] = sessions.run(lambda: sessions.crowding(dashboard, _CROWD))
    return found


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> int:
    """Measures and stores; 0 when everything was measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--repeats", type=int, default=30, help="uploads of each kind")
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the sessions act")
    parser.add_argument("--uploads", type=int, default=500, help="uploads of the memory measure")
    parser.add_argument("--rounds", type=int, default=3, help="through all pages, after the first")
    parser.add_argument("--pages", action="store_true", help="measure nothing but the pages")
    parser.add_argument("--viewer", action="store_true", help="measure nothing but the viewer")
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    if executable() is None:
        sys.stderr.write(MISSING + "\n")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {"cores": os.cpu_count(), "machine": targets.machine()}
        if not asked.viewer:
            found |= every_page(folder, asked.rounds)
        if not asked.pages:
            found |= in_the_viewer(folder, asked.repeats)
        if not (asked.pages or asked.viewer):
            found |= in_the_browser(folder, asked.repeats)
            found |= without_browser(folder, asked.sessions, asked.seconds, asked.uploads)
    stored.add(asked.out, found)
    json.dump(found, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
