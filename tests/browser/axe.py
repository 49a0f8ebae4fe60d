"""axe-core on a page as it stands: nothing serious that the page itself causes.

What Streamlit itself causes is listed by rule, with where and why; everything else is told.
"""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

STREAMLIT = {
    # rule: (part of the element's HTML or selector, reason)
    "list": ("stSidebarNavItems", "the navigation's sections lie in its list as div"),
    "aria-dialog-name": ('data-testid="stToast"', "a toast is a dialog of its own words only"),
    "listitem": ('<li class="st-emotion-cache', "the same, seen from the navigation's items"),
}
_SERIOUS = {"serious", "critical"}
_QUIET_MS = 800  # late parts of a page: tables and figures are drawn after the script
_OPENED_MS, _RECOLOURED_MS = 300, 200
_DARK = "() => getComputedStyle(document.querySelector('.stApp')).colorScheme.includes('dark')"
_RUN = """async ([within, options]) => {
  const found = await axe.run(within ?? document, {resultTypes: ['violations'], ...options});
  return found.violations.flatMap(({id, impact, nodes}) =>
    nodes.map(({html}) => ({id, impact, html: html.slice(0, 200)})));
}"""
_POPOVER = "[data-testid=stPopoverBody]"
_UNFOLD = """() => {
  const folded = [...document.querySelectorAll('.stMain details:not([open]) > summary')];
  folded.forEach(each => each.click());
  return folded.length;
}"""


def serious(page: Page, where: str, within: str | None = None) -> list[str]:
    """What axe-core finds on the page, once it is drawn to its end: in the light, then in the dark.

    Args:
        page: as it stands; it is left in the light.
        where: what is looked at, for the sentence.
        within: a selector, to look at that alone; it may still be coming, as a dialog is that the
            server opens.
    """
    if within is not None:
        page.locator(within).wait_for()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_timeout(_QUIET_MS if within is None else _OPENED_MS)
    found = _violations(page, where, within, {})
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(_DARK)
    page.wait_for_timeout(_RECOLOURED_MS)  # in the dark only colours differ
    found += _violations(page, f"{where}, dark", within, {"runOnly": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"() => !({_DARK})()")
    return found


def serious_of_plain(page: Page, where: str) -> list[str]:
    """The same of a page that Streamlit did not draw: it stands as soon as it has come."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += _violations(page, f"{where}, {scheme}", None, {})
    return found


def unfold(page: Page) -> None:
    """Opens every expander of the page."""
    if page.evaluate(_UNFOLD):
        expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()


def popovers(page: Page, where: str) -> list[str]:
    """What axe-core finds in what the page's buttons open, of each kind of button one."""
    found = []
    buttons = page.locator(".stMain [data-testid=stPopover] button:enabled:visible")
    kinds = {button.inner_text().strip(): button for button in reversed(buttons.all())}
    for name, button in kinds.items():
        button.click()
        found += serious(page, f"{where}, {name}", _POPOVER)
        page.keyboard.press("Escape")
        page.locator(_POPOVER).wait_for(state="detached")
    return found


def _violations(page: Page, where: str, within: str | None, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [
        f"{where}: {node['id']} at {node['html']}"
        for node in page.evaluate(_RUN, [within, {"preload": False, "iframes": False, **options}])
        if node["impact"] in _SERIOUS and not _is_streamlits(node["id"], node["html"])
    ]


def _is_streamlits(rule: str, html: str) -> bool:
    part, _ = STREAMLIT.get(rule, (None, ""))
    return part is not None and part in html
