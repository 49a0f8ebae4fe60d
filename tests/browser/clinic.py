"""A dashboard with accounts, a real OpenID provider beside it, and the people who work there."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from arncnn.store import LOCAL_USER, Role, Store
from tests.browser.dashboard import free_port, started

CLINIC = "clinic.example"
ADMIN = f"root@{CLINIC}"


class Clinic:
    """The dashboard's address and its store.

    Attributes:
        address: of the dashboard.
        store: the dashboard's.
        restart: ends the dashboard and starts it again at the same address.
    """

    def __init__(
        self, address: str, store: Store, browser: Browser, restart: Callable[[], None]
    ) -> None:
        self.address, self.store, self.restart = address, store, restart
        self._browser = browser

    def arrive(self) -> Page:
        """The page that offers to sign in, in a browser of a person's own."""
        page = self._browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(90_000)
        page.route("**/cdn.jsdelivr.net/**", lambda route: route.abort())  # the provider's looks
        page.goto(self.address, wait_until="commit")
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        return page

    def enter(self, name: str) -> Page:
        """Sign a person in through the provider, in a browser of their own."""
        page = self.arrive()
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("button", name=f"{name}@{CLINIC}", exact=True).click()
        expect(page.get_by_test_id("stSidebar")).to_be_visible()
        return page

    def give(self, name: str, *roles: Role) -> None:
        """What an administrator does after a person's first sign-in."""
        self.store.users.change(LOCAL_USER, self._account(name), held=roles)

    def switch_off(self, name: str) -> None:
        """What an administrator does when a person leaves."""
        self.store.users.change(LOCAL_USER, self._account(name), is_active=False)

    def _account(self, name: str) -> str:
        users = self.store.users.list(LOCAL_USER)
        (found,) = (user.id for user in users if user.name == f"{name}@{CLINIC}")
        return found


@contextmanager
def opened(
    folder: Path,
    browser: Browser,
    people: tuple[str, ...],
    environment: Mapping[str, str] | None = None,
) -> Iterator[Clinic]:
    """A clinic with a provider that vouches for ``people`` and a dashboard of its own.

    Args:
        folder: for the dashboard's home.
        browser: whose contexts are the people's own browsers.
        people: names before the ``@`` of their addresses.
        environment: variables to add.
    """
    provider = pytest.importorskip("oidc_provider_mock", reason="see requirements-dev.txt")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    known = [
        provider.User(
            sub=f"{name}@{CLINIC}",
            claims={"email": f"{name}@{CLINIC}", "email_verified": True, "name": name.title()},
        )
        for name in people
    ]
    with provider.run_server_in_thread(user_claims=known) as server, ExitStack() as at_work:
        metadata = f"http://localhost:{server.server_port}/.well-known/openid-configuration"
        port, cookie_secret = free_port(), secrets.token_hex(16)

        def secrets_of(port: int) -> str:
            return (
                "[auth]\n"
                f'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
                f'cookie_secret = "{cookie_secret}"\n'
                'client_id = "dashboard"\nclient_secret = "not checked"\n'
                f'server_metadata_url = "{metadata}"\n'
            )

        variables = {"ARNCNN_FIRST_ADMIN": ADMIN, **(environment or {})}
        home = folder / "home"

        def start() -> str:
            return at_work.enter_context(started(folder, variables, secrets_of, port)).address

        def restart() -> None:
            at_work.close()
            start()

        address = start()
        store = Store.open(f"sqlite:///{home / 'arncnn.sqlite'}", folder=home)
        try:
            yield Clinic(address, store, browser, restart)
        finally:
            store.close()
