"""Whatever a page shows or fails to show, the files that wait are read behind it."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from arncnn.errors import ModelError
from arncnn.experiments.comparison import result
from pages.ui import sign_in, upload_queue
from pages.ui.shared import model_picker, stored_results
from tests.store.made_up import ANNA


@pytest.fixture
def carried_on(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the pages behind which what waits was read."""
    pages: list[str] = []
    carry_on = lambda actor, slot, page: pages.append(page.title)  # noqa: E731
    monkeypatch.setattr(upload_queue, "carry_on", carry_on)
    return pages


def test_behind_a_page_that_has_nothing_to_show(
    app: AppTest, carried_on: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result, "load", lambda: None)
    stored_results.comparison.clear()
    app.switch_page("pages/model/comparison.py").run()
    assert "Nothing has been compared yet" in "".join(text.value for text in app.markdown)
    assert carried_on[-1:] == ["Comparison"]
    st.cache_data.clear()


def test_behind_a_page_that_this_person_may_not_see(
    app: AppTest, carried_on: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "actor", lambda: ANNA)
    app.switch_page("pages/operate/audit.py").run()
    assert "needs the role" in app.error[0].value
    assert carried_on[-1:] == ["Audit"]


def test_not_without_a_model_which_is_said_once(
    app: AppTest, carried_on: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(actor: object) -> dict[str, str]:
        raise ModelError("There is no model.")

    monkeypatch.setattr(model_picker, "folders", missing)
    app.switch_page("pages/model/network.py").run()
    assert [error.value for error in app.error] == ["There is no model."]
    assert "Network" not in carried_on
