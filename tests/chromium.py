"""Find the browser that the tests drive: ``python -m tests.chromium`` prints its path."""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = (
    "No Chromium or Chrome was found. Install one (Debian: apt-get install chromium; anywhere: "
    "python -m playwright install --with-deps chromium), or name it with ARNCNN_BROWSER=/path."
)


def executable() -> str | None:
    """The path of an installed Chromium or Chrome, else of Playwright's own, else None."""
    for name in (os.environ.get("ARNCNN_BROWSER"), *NAMES):
        if name and (found := shutil.which(name)):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


if __name__ == "__main__":
    path = executable()
    sys.stdout.write(f"{path}\n" if path else "")
    sys.exit(0 if path else MISSING)
