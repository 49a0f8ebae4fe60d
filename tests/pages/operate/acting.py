"""Opening the pages, looking at what they show, and what lies in the store behind them."""

import json
import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import AppTest

from arncnn import config
from arncnn.jobs import devices
from arncnn.store import LOCAL_USER, Role, Store
from arncnn.store.case import Case, NewCase
from arncnn.store.job import Claim, Job
from arncnn.store.pictures import Pixels
from arncnn.store.roles import SUPERVISOR
from pages.ui import startup

ACCOUNTS = """\
[auth]
redirect_uri = "https://dashboard.example/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "dashboard"
client_secret = "not checked"
server_metadata_url = "https://login.example/.well-known/openid-configuration"
"""


def open_page(app: AppTest, page: str) -> AppTest:
    app.switch_page(f"pages/operate/{page}.py").run()
    assert not app.exception
    return app


class Clock:
    """The time that accounts go by; a test moves it on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        clock = SimpleNamespace(time=lambda: self.now, monotonic=time.monotonic)
        for module in ("users", "sign_ins"):
            monkeypatch.setattr(f"arncnn.store.{module}.time", clock)

    def move_on(self, minutes: float) -> None:
        self.now += 60 * minutes


def log_in(app: AppTest, name: str = "clara", *, issued_at: float | None = None) -> None:
    """What a browser brings along after a login at the provider, also to every new tab."""
    issued_at = time.time() if issued_at is None else issued_at
    (file,) = startup.secret_files()  # the test's own
    file.write_text(ACCOUNTS)
    app.user = {
        "is_logged_in": True,
        "iss": "https://login.example",
        "sub": name,
        "email": f"{name}@clinic.example",
        "email_verified": True,
        "iat": issued_at,
        "exp": issued_at + 8 * 3600,
    }


def change_account(store: Store, name: str = "clara", **changes) -> None:
    """What an administrator does: ``held`` gives roles, ``is_active`` switches on or off."""
    users = {user.name: user.id for user in store.users.list(LOCAL_USER)}
    store.users.change(LOCAL_USER, users[f"{name}@clinic.example"], **changes)


def enter(app: AppTest, store: Store, *roles: Role, issued_at: float | None = None) -> None:
    """Signs Clara in and gives her these roles."""
    log_in(app, issued_at=issued_at)
    app.run()
    change_account(store, held=roles)


def run_fragment(app: AppTest, number: int = -1) -> AppTest:
    """What the browser asks for when a fragment polls or something in it is pressed.

    Args:
        app: what is pressed in it was clicked before.
        number: which of the page's fragments, in the order they were drawn.
    """
    fragment = list(app._fragment_storage._fragments)[number]
    asked = partial(RerunData, fragment_id=fragment)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.testing.v1.local_script_runner.RerunData", asked)
        return app.run()


def keep_downloads(patch: pytest.MonkeyPatch) -> dict[str, Callable[[], object]]:
    """The downloads that are drawn, by label; called as Streamlit does, outside of any run."""
    kept: dict[str, Callable[[], object]] = {}

    def download_button(label: str, data: Callable[[], object], **_) -> bool:
        kept[label] = data
        return False

    patch.setattr(st, "download_button", download_button)
    return kept


def texts(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.success, *app.error]
    return "\n".join(element.value for element in shown)


def button(app: AppTest, label: str):
    return next(button for button in app.button if button.label == label)


def measured() -> None:
    device = devices.Device("cpu:0@here", "cpu", "Test", 2**34, 100.0, 1000.0)
    found = devices.Survey((device,), "tensorflow", (), time.time())
    stored = {**found.to_json(), "made_for": devices._made_for()}
    (config.jobs_folder() / "devices.json").write_text(json.dumps(stored))


def made_case(store: Store, number: int = 1) -> Case:
    generator = np.random.default_rng(number)
    views = generator.random((1, 64, 64, 1)).astype(np.float32)
    reading = {
        "label": "CXR",
        "verdict": "accept",
        "model": {"id": "paper-1", "sha256": "1" * 64},
        "probabilities": {"CXR": 0.9},
    }
    pixels = Pixels(generator.integers(0, 255, (64, 64)).astype(np.uint8), views)
    return store.cases.add(LOCAL_USER, NewCase(reading, f"{number:064x}", "png", pixels))


def running(store: Store) -> tuple[Job, Claim]:
    store.jobs.submit(LOCAL_USER, {"recipe": "fine-tune"})
    job = store.jobs.work.claim(SUPERVISOR, "cpu:0@here", engine="local", lease_s=3600)
    progress = {
        "epochs": 2, "epochs_done": 1, "epoch": 2, "step": 5, "steps": 10, "stage": "training",
        "images": 100, "images_per_second": 10.0,
    }  # fmt: skip
    store.jobs.work.renew(SUPERVISOR, job.claim, progress=progress)
    return job, job.claim
