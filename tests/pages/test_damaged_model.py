"""A model in service that cannot be opened stops no page, and there is a way back on *Models*."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from arncnn.jobs import single
from arncnn.models.bundle import WEIGHTS
from arncnn.store import LOCAL_USER, Store
from pages.ui import navigation
from tests.models.damage import flip, truncated
from tests.pages.operate.acting import button, made_case, texts
from tests.sealed_model import seal_model

ROOT = Path(__file__).resolve().parents[2]
PAGES = [entry.script for entries in navigation.SECTIONS.values() for entry in entries]

pytestmark = pytest.mark.attack


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Store]:
    """A store with a case and three models, of which the last one serves."""
    monkeypatch.setenv("ARNCNN_MODEL", str(seal_model(tmp_path / "named").folder))
    monkeypatch.setattr(single, "ensure_supervised", lambda store: False)
    opened = Store.open()
    made_case(opened)
    for number in range(3):
        folder = seal_model(tmp_path / str(number), seed=number + 1).folder
        model = opened.models.register(LOCAL_USER, folder)
        opened.models.judge(LOCAL_USER, model.sha256, {"passes": True, "reasons": []})
        opened.models.promote(LOCAL_USER, model.sha256, "better")
    yield opened
    opened.close()


@pytest.fixture
def app(store: Store) -> Iterator[AppTest]:
    st.cache_resource.clear()
    st.cache_data.clear()
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=280)
    st.cache_resource.clear()
    st.cache_data.clear()


def _served(store: Store) -> list[Path]:
    """The folders of the models, the one in service first."""
    sums = [change.model_sha256 for change in store.models.history(LOCAL_USER)]
    return [store.models.get(LOCAL_USER, sha256).folder for sha256 in sums if sha256]


def _lose_a_bit_of_a_key(folder: Path) -> None:
    file = folder / "model.json"
    flip(file, file.read_bytes().index(b'"recipe"') + 1, 0)


def _lose_the_weights(folder: Path) -> None:
    (folder / WEIGHTS).unlink()


def _lose_all(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def _cut_the_predictions(folder: Path) -> None:
    truncated(folder / "predictions.npz")


def test_every_page_opens_and_says_that_the_model_cannot_be_used(
    app: AppTest, store: Store
) -> None:
    _lose_a_bit_of_a_key(_served(store)[0])
    app.run()
    assert len(PAGES) >= 14
    for page in PAGES:
        app.switch_page(page).run()
        assert not app.exception, page
        said = [error.value for error in app.error]
        assert any("model" in sentence for sentence in said), page
        assert all(sentence.rstrip().endswith(".") for sentence in said), page


def test_pages_that_need_no_model_show_what_they_have(app: AppTest, store: Store) -> None:
    _lose_a_bit_of_a_key(_served(store)[0])
    app.run()
    app.switch_page("pages/scan/worklist.py").run()
    assert any(box.label == "Class" for box in app.selectbox)
    app.switch_page("pages/operate/audit.py").run()
    assert len(app.dataframe[0].value) > 5
    app.switch_page("pages/model/confusion_matrix.py").run()
    picker = next(box for box in app.selectbox if box.label == "Model")
    bundled = {"The bundled model", "The bundled model “paper”", "The bundled model “robust”"}
    assert bundled <= set(picker.options) and len(picker.options) == len(bundled) + 2


@pytest.mark.parametrize(
    "harm",
    [_lose_a_bit_of_a_key, _lose_the_weights, _lose_all, _cut_the_predictions],
    ids=lambda harm: harm.__name__,
)
def test_a_damaged_model_is_rolled_back_on_its_page(
    app: AppTest, store: Store, harm: Callable[[Path], None]
) -> None:
    serving, before, _ = _served(store)
    harm(serving)
    app.run()
    app.switch_page("pages/operate/models.py").run()
    assert any("No scan is read until another" in error.value for error in app.error)
    next(t for t in app.text_input if t.label == "Reason").set_value("its files are damaged")
    button(app, "Roll back now").click().run()
    assert not app.exception
    assert store.models.serving().folder == before
    assert f"{before.name[:12]}" in texts(app)


def test_another_model_is_promoted_in_place_of_a_damaged_one(app: AppTest, store: Store) -> None:
    serving, _, first = _served(store)
    _lose_a_bit_of_a_key(serving)
    app.run()
    app.switch_page("pages/operate/models.py").run()
    key = f"model_{first.name[:12]}"
    next(t for t in app.text_input if t.key.startswith(key)).set_value("its files are damaged")
    next(b for b in app.button if b.key.startswith(key) and b.key.endswith("_promote")).click()
    app.run()
    assert not app.exception
    assert store.models.serving().folder == first
