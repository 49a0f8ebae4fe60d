"""Find the browser that the tests drive: ``python -m tests.chromium`` prints its path."""

import os
import shutil
import subprocess
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


def trouble() -> str | None:
    """Why no browser can be driven here, in a sentence; None when one can."""
    command = [sys.executable, "-m", "playwright", "--version"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        said = (tried.stderr.strip().splitlines() or ["it says nothing"])[-1]
        return (
            f"Playwright's driver does not start: {said}. Where libatomic is missing, install it "
            "(Debian: apt-get install libatomic1)."
        )
    return None if executable() else MISSING


if __name__ == "__main__":
    if sentence := trouble():
        sys.exit(sentence)
    sys.stdout.write(f"{executable()}\n")
