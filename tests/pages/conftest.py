"""What the page tests share: an untrained model and the dashboard in an empty home."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.ui import startup
from tests import untrained_model

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def secrets_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the accounts of this test are configured, once it writes the file."""
    path = tmp_path / "secrets.toml"
    monkeypatch.setattr(startup, "secret_files", lambda: [path])
    return path


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an untrained model."""
    return untrained_model.build(tmp_path_factory.mktemp("pages") / "model").folder


@pytest.fixture
def dashboard(model: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The dashboard in an empty home, not yet run."""
    monkeypatch.setenv("ARNCNN_MODEL", str(model))
    st.cache_resource.clear()
    st.cache_data.clear()
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=280)
    st.cache_resource.clear()


@pytest.fixture
def app(dashboard: AppTest) -> AppTest:
    """The dashboard in an empty home, on its first page."""
    return dashboard.run()
