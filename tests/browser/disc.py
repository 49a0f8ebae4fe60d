"""A ZIP of many mixed files in a real browser: how soon results show, and what became of each.

``python -m tests.browser.disc --files 200`` starts a dashboard, measures, and prints JSON;
exits with 1 when a file is not accounted for.
"""

import argparse
import io
import json
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright
from pydicom import uid

from tests.browser.dashboard import BROWSER_ARGUMENTS, running, visitor
from tests.chromium import MISSING, executable
from tests.intake import made

_PATIENCE_MS = 280_000
_ACCOUNT = re.compile(r"(\d+) files: (\d+) read(?:, (\d+) of them the same)?")
_UNREAD = re.compile(r"(\d+) not readable")


@dataclass(frozen=True)
class Mixed:
    """Files of many kinds.

    Attributes:
        zipped: all of them as one ZIP.
        files: how many.
        readable: how many of them hold a picture.
    """

    zipped: bytes
    files: int
    readable: int


def _stored(number: int) -> np.ndarray:
    """Stored values of a CT-like picture of its own, 64 x 96."""
    return np.roll(made.ramp(64, 96), 7 * number, axis=1) + np.uint16(number % 90)


def _compressed(syntax: str) -> Callable[[int], bytes]:
    def build(number: int) -> bytes:
        dataset = made.dataset(_stored(number))
        dataset.compress(syntax, generate_instance_uid=False)
        return made.written(dataset)

    return build


def _grey(number: int) -> np.ndarray:
    return (_stored(number) // 17).astype(np.uint8)


_READABLE: tuple[Callable[[int], bytes], ...] = (
    lambda number: made.picture(_grey(number)),
    lambda number: made.picture(_grey(number), "JPEG"),
    lambda number: made.dicom(_stored(number)),
    lambda number: made.written(made.dataset(_stored(number)), implicit=True),
    lambda number: made.written(made.dataset(_stored(number)), big=True),
    _compressed(uid.RLELossless),
    _compressed(uid.JPEG2000Lossless),
    _compressed(uid.JPEGLSLossless),
)
_BROKEN: tuple[Callable[[int], bytes], ...] = (
    lambda number: made.picture(_grey(number))[:-60],
    lambda number: made.dicom(_stored(number))[:900],
    lambda number: f"Notes of visit {number}.\n".encode() * 20,
    lambda number: b"",
)


def mixed(files: int) -> Mixed:
    """Readable files of eight kinds, and every fourth one broken or no picture at all."""
    out = io.BytesIO()
    readable = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(files):
            is_broken = number % 4 == 3
            forms = _BROKEN if is_broken else _READABLE
            readable += not is_broken
            content = forms[(number // 4 if is_broken else number) % len(forms)](number)
            archive.writestr(f"disc/{number:03}", content)
    return Mixed(out.getvalue(), files, readable)


def give(page: Page, given: Mixed) -> dict[str, float | int]:
    """Uploads the ZIP and waits for the account of every file.

    Returns:
        ``first_result_s`` from giving the file to the first row, ``all_read_s``, and the
        account: ``files``, ``read``, ``same`` and ``unread``.
    """
    page.set_default_timeout(_PATIENCE_MS)
    file = {"name": "disc.zip", "mimeType": "application/zip", "buffer": given.zipped}
    began = time.monotonic()
    page.locator('input[type="file"]').set_input_files(file)
    # Visible only: when all is read already, the closed list of the unread comes first.
    page.get_by_test_id("stDataFrame").filter(visible=True).first.wait_for()
    first = time.monotonic() - began
    account = page.get_by_text(re.compile(rf"{given.files} files: \d+ read")).first
    account.wait_for()
    text = account.inner_text()
    files, read, same = (int(number or 0) for number in _ACCOUNT.search(text).groups())
    unread = _UNREAD.search(text)
    return {
        "first_result_s": round(first, 2),
        "all_read_s": round(time.monotonic() - began, 2),
        "files": files,
        "read": read,
        "same": same,
        "unread": int(unread[1]) if unread else 0,
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=200)
    arguments = parser.parse_args()
    path = executable()
    if path is None:
        sys.stderr.write(MISSING + "\n")
        return 1
    given = mixed(arguments.files)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        page = visitor(browser, viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(address, wait_until="commit")
        page.get_by_role("button", name="Head CT").first.click()  # the model is loaded by then
        page.locator(".arn-verdict").wait_for()
        page.goto(address, wait_until="commit")
        page.locator('input[type="file"]').wait_for(state="attached")
        found = give(page, given)
        browser.close()
    sys.stdout.write(json.dumps(found) + "\n")
    return (
        0
        if (found["read"], found["unread"]) == (given.readable, given.files - given.readable)
        else 1
    )


if __name__ == "__main__":
    sys.exit(main())
