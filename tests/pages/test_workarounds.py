"""What Streamlit does after every run of a page leaves the loaded model alone."""

import gc
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import keras
import pytest
import streamlit as st
from keras.src.backend.common import global_state
from streamlit import file_util
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import script_runner
from streamlit.web.server.starlette import starlette_server

from pages.ui import page_script, workarounds


@pytest.fixture(autouse=True)
def undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(keras.backend, "clear_session", global_state.clear_session)
    yield
    gc.unfreeze()


def test_keras_is_not_emptied_when_a_page_has_run() -> None:
    before = global_state.GLOBAL_STATE_TRACKER
    script_runner._clean_problem_modules()
    assert global_state.GLOBAL_STATE_TRACKER is not before, "Streamlit has stopped emptying Keras"
    kept = global_state.GLOBAL_STATE_TRACKER
    workarounds.keep_keras()
    script_runner._clean_problem_modules()
    assert global_state.GLOBAL_STATE_TRACKER is kept


@pytest.mark.attack
def test_a_visitors_message_empties_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = AppSession._handle_clear_cache_request
    monkeypatch.setattr(AppSession, "_handle_clear_cache_request", asked)  # undone at the end
    made = []

    @st.cache_resource
    def resource() -> int:
        made.append(1)
        return len(made)

    resource()
    workarounds.keep_caches()
    AppSession._handle_clear_cache_request(SimpleNamespace(_session_state={}))
    assert resource() == 1


def test_the_first_pages_components_are_named_with_all_that_they_need() -> None:
    folder = Path(file_util.get_static_dir())
    for name in page_script.FIRST_PAGE:
        found = workarounds.scripts_of(name)
        assert found and f"/{name}." in found[0], "Streamlit has given it another name"
        assert all((folder / script).exists() for script in found)
    together = workarounds.scripts_of(*page_script.FIRST_PAGE)
    assert len(together) == len(set(together))
    assert not [script for script in together if script in workarounds.start_page()]


def test_what_is_sent_leaves_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bind = starlette_server._bind_socket
    monkeypatch.setattr(starlette_server, "_bind_socket", bind)  # undone at the end
    assert not _sends_at_once(), "Streamlit has that by itself now"
    workarounds.send_at_once()
    assert _sends_at_once()


def _sends_at_once() -> bool:
    """Whether a visitor's connection to a socket that Streamlit bound waits for no answer."""
    with starlette_server._bind_socket("127.0.0.1", 0, 1) as bound:
        bound.setblocking(True)
        with socket.create_connection(bound.getsockname(), timeout=10):
            taken, _ = bound.accept()
            with taken:
                told = taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                # of another protocol than 0 asyncio would set it
                return bool(told) or taken.proto == socket.IPPROTO_TCP
