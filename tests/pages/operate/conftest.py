"""What the tests of corrections, retraining, models and audit share: a dashboard and its store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from arncnn.jobs import single
from arncnn.store import Store
from pages.ui import upload_queue
from tests.sealed_model import seal_model

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seal_model(tmp_path_factory.mktemp("operate") / "model").folder


@pytest.fixture
def app(model_folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The dashboard in an empty home; no supervisor is started beside it."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("ARNCNN_MODEL", str(model_folder))
    monkeypatch.setattr(upload_queue, "get_model_ready", lambda: None)  # its weights are void
    monkeypatch.setattr(single, "ensure_supervised", lambda store: False)
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def store(app: AppTest) -> Iterator[Store]:
    opened = Store.open()
    yield opened
    opened.close()
