"""The guided demo through ``app.py``: every step opens its page with the sample's own reading."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from arncnn.samples import catalogue
from arncnn.store import Actor, Role
from pages.ui import sign_in
from pages.ui.tour import STEPS
from tests import untrained_model

ROOT = Path(__file__).resolve().parents[2]
_BAR = '<section class="arn-tour"'


@pytest.fixture
def app(
    tmp_path_factory: pytest.TempPathFactory, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AppTest]:
    """The first page of a dashboard in an empty home."""
    model = untrained_model.build(tmp_path_factory.mktemp("demo") / "model")
    monkeypatch.setenv("ARNCNN_MODEL", str(model.folder))
    st.cache_resource.clear()
    st.cache_data.clear()
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    st.cache_resource.clear()


def _html(app: AppTest) -> str:
    return str([element.proto.body for element in app.get("html")])


def test_next_walks_every_step_and_puts_its_sample_in_view(app: AppTest) -> None:
    app.run().button(key="tour_start").click().run()
    seen = []
    for number, step in enumerate(STEPS, start=1):
        assert not app.exception and not app.error
        assert f"Step {number} of {len(STEPS)}" in _html(app)
        assert f"<h1>{step.entry.title}</h1>" in _html(app)
        assert _BAR in _html(app)
        seen.append(app.session_state["case_id"])
        app.button(key="tour_next").click().run()
    assert _BAR not in _html(app)
    assert app.button(key="tour_start")
    shown = [step.sample for step in STEPS]
    assert len(set(seen)) == len({sample for sample in shown if sample})


def test_every_sample_of_the_demo_exists() -> None:
    for step in STEPS:
        assert step.sample is None or catalogue.find(step.sample).read()


def test_who_may_not_read_scans_is_not_offered_the_demo(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = Actor("viewer@example.org", frozenset({Role.VIEWER}))
    monkeypatch.setattr(sign_in, "actor", lambda: viewer)
    app.run()
    assert not app.exception
    assert "Show me" not in [button.label for button in app.button]
