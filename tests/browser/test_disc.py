"""A ZIP of mixed files in a real browser; ``make disc`` gives it 200."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.disc import give, mixed

pytestmark = pytest.mark.browser


def test_every_file_of_a_mixed_disc_is_accounted_for_and_the_memory_is_given_back(
    page: Page, server: str
) -> None:
    given = mixed(24)
    found = give(page, given)
    print(f"first result after {found['first_result_s']} s, all after {found['all_read_s']} s")
    assert found["files"] == given.files
    assert found["read"] == given.readable
    assert found["unread"] == given.files - given.readable
    metrics = page.request.get(f"{server}/_stcore/metrics").text()
    held = re.findall(r'cache_type="UploadedFileManager"[^\n]* (\d+)', metrics)
    assert sum(map(int, held)) == 0, "an upload lies in memory after it has been spooled"


def test_an_upload_is_gone_on_with_after_a_reload(page: Page) -> None:
    given = mixed(100)  # more than is read before the page is left
    file = {"name": "disc.zip", "mimeType": "application/zip", "buffer": given.zipped}
    page.locator('input[type="file"]').set_input_files(file)
    page.wait_for_url("**/worklist*")
    page.reload(wait_until="commit")
    expect(page.get_by_text(f"100 files: {given.readable} read").first).to_be_visible()
