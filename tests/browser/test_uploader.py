"""A file goes to the uploader that is empty, not to the one that is about to leave."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import uploader

pytestmark = pytest.mark.browser

_DRAWN_ANEW = """
<div data-testid="stFileUploader" id="before">
  <input type="file"><div data-testid="stFileChip">wrong.dcm</div>
</div>
<script>
  const before = document.getElementById('before');
  setTimeout(() => {
    const after = before.cloneNode(true);
    after.id = 'after';
    after.querySelector('[data-testid=stFileChip]').remove();
    before.before(after);
  }, 500);
  setTimeout(() => before.remove(), 1500);
</script>
"""


def test_the_empty_one_is_waited_for_and_taken_beside_the_one_with_a_file(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(_DRAWN_ANEW)
    file = {"name": "right.png", "mimeType": "image/png", "buffer": b"1"}
    uploader.empty(page).set_input_files(file)
    expect(page.locator("#before")).to_have_count(0)
    assert page.locator("#after input").evaluate("input => input.files[0].name") == "right.png"
    page.close()
