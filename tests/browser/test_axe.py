"""What looks at the pages looks at the thing itself: not before it has come."""

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import serious

pytestmark = pytest.mark.browser

_LATE = """
<style>
  .stApp { color-scheme: light }
  @media (prefers-color-scheme: dark) { .stApp { color-scheme: dark } }
</style>
<main class="stApp"></main>
<script>
  setTimeout(() => {
    const dialog = document.createElement('div');
    dialog.setAttribute('role', 'dialog');
    dialog.setAttribute('aria-label', 'Late');
    dialog.innerHTML = '<button class="nameless"></button>';
    document.querySelector('main').append(dialog);
  }, 1500);
</script>
"""


def test_a_dialog_that_opens_late_is_waited_for_and_looked_at(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(_LATE)
    (found,) = serious(page, "late", "[role=dialog]")
    page.close()
    assert found.startswith("late: button-name")
