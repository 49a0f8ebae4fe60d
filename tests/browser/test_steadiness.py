"""What waits to be pressed stays in its place while the browser fetches what draws the rest."""

from playwright.sync_api import Page, Route, expect

_LATE = ("Selectbox", "PageLink")  # parts of Streamlit's frontend that are fetched when needed


def test_the_button_to_correct_a_reading_does_not_move_under_the_finger(page: Page) -> None:
    held: list[Route] = []
    for name in _LATE:
        page.route(f"**/{name}.*.js", lambda route: held.append(route))
    page.get_by_role("button", name="Head CT", exact=True).click()
    button = page.get_by_role("button", name="Yes, right")
    expect(button).to_be_visible()
    expect(page.locator(".arn-bars li .name")).to_have_count(6)
    expect(page.get_by_alt_text("The scan, read as Head CT")).to_be_visible()
    assert len(held) == len(_LATE), "the frontend's parts are named otherwise: hold back those"
    before = button.bounding_box()
    for route in held:
        route.continue_()
    expect(page.get_by_role("link", name="See the evidence on the image")).to_be_visible()
    expect(page.get_by_role("combobox", name="Case")).to_be_visible()
    assert button.bounding_box() == before
