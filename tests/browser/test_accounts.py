"""Signing in through a real OpenID provider, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from arncnn.store import Role
from tests.browser import axe, clinic
from tests.browser.clinic import Clinic

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("accounts")
    with clinic.opened(folder, browser, ("ada", "bert", "root")) as opened:
        yield opened


def test_a_person_unknown_so_far_may_do_nothing_until_a_role_is_given_and_loses_it_as_quickly(
    house: Clinic,
) -> None:
    page = house.arrive()
    assert axe.serious(page, "before a sign-in") == []
    page.context.close()
    page = house.enter("ada")
    refused = page.get_by_role("alert").filter(has_text="your roles: none")
    page.get_by_role("link", name="Retraining").click()
    expect(refused.first).to_be_visible()
    assert axe.serious(page, "Retraining without a role") == []
    page.get_by_role("link", name="Read a scan", exact=True).click()
    expect(page.get_by_text("your roles: none").first).to_be_visible()
    assert axe.serious(page, "the first page without a role") == []
    house.give("ada", Role.VIEWER)
    page.get_by_role("link", name="Corrections").click()
    expect(page.get_by_text("No correction to decide on")).to_be_visible()
    house.give("ada")
    page.get_by_role("link", name="Retraining").click()
    expect(refused.first).to_be_visible()
    page.context.close()


def test_the_first_administrator_is_who_the_setting_names_and_the_provider_vouches_for(
    house: Clinic,
) -> None:
    page = house.enter("root")
    page.goto(f"{house.address}/audit", wait_until="commit")
    expect(page.get_by_role("button", name="Verify the chain")).to_be_enabled()
    page.context.close()


def test_a_sign_in_that_is_over_ends_at_the_next_click(house: Clinic) -> None:
    page = house.enter("bert")
    house.switch_off("bert")
    page.get_by_role("link", name="Audit").click()
    expect(page.get_by_text("This account is switched off")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in again")).to_be_visible()
    assert axe.serious(page, "after a sign-in that is over") == []
    page.context.close()


def test_who_was_idle_stays_out_through_a_refresh_and_comes_back_by_a_fresh_login(
    tmp_path: Path, browser: Browser
) -> None:
    idle = {"ARNCNN_IDLE_MINUTES": "0.2"}
    with clinic.opened(tmp_path, browser, ("ida",), idle) as opened:
        page = opened.enter("ida")
        out = page.get_by_text("You were signed out after a period without activity.")
        # The model's getting ready redraws the page once, at a moment of its own.
        for name in ("Retraining", "Corrections", "Models", "Audit"):
            page.wait_for_timeout(15_000)  # the idle time and a little more
            page.get_by_role("link", name=name).click()
            page.wait_for_timeout(2_000)
            if out.is_visible():
                break
        expect(out).to_be_visible()
        page.reload(wait_until="commit")
        expect(out).to_be_visible()
        expect(page.get_by_role("button", name="Sign in again")).to_be_visible()
        page.context.close()
        opened.enter("ida").context.close()  # a fresh login of the same person is let in
