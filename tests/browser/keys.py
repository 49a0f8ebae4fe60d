"""Going through a page with the keyboard alone."""

from playwright.sync_api import Page

_STOPS = 150  # Tab presses before a target counts as out of reach
_ANY = "a, button, input, textarea, [role]"  # not a scrolling area
# The dialog itself is the browser's, and opens only for a window that has the focus.
NOTE_FILE_DIALOG = """() => document.addEventListener('click', event => {
  if (event.target.type === 'file') { window.asksForFiles = true; event.preventDefault(); }
}, true)"""
# What has the focus, within the viewer too.
_WHAT = """(among) => {
  let found = document.activeElement;
  while (found.shadowRoot && found.shadowRoot.activeElement) found = found.shadowRoot.activeElement;
  if (!found.matches(among)) return '';
  const label = found.labels && found.labels[0] ? found.labels[0].innerText : '';
  return [found.getAttribute('aria-label'), label, found.innerText].join(' | ');
}"""


def tab_to(page: Page, words: str, among: str = _ANY, *, press: str = "Tab") -> None:
    """Press Tab until what has the focus says ``words``.

    Args:
        page: the page.
        words: in its label or text.
        among: a selector that it has to fit.
        press: ``Shift+Tab`` goes back.

    Raises:
        AssertionError: it cannot be reached.
    """
    for _ in range(_STOPS):
        page.keyboard.press(press)
        if words in page.evaluate(_WHAT, among):
            return
    raise AssertionError(f"“{words}” cannot be reached with {press}")
