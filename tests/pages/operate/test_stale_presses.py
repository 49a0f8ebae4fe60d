"""A press on what has changed since it was drawn changes nothing, and the page says so."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from arncnn.store import LOCAL_USER, Store
from tests.pages.operate.acting import button, open_page, texts
from tests.sealed_model import seal_model

pytestmark = pytest.mark.attack

CHANGED = "Another model went into service in the meantime"


def _candidate(store: Store, folder: Path, seed: int) -> str:
    sha256 = store.models.register(LOCAL_USER, seal_model(folder, seed=seed).folder).sha256
    bundled = {"id": "the bundled model", "sha256": "0" * 64}
    store.models.judge(LOCAL_USER, sha256, {"passes": True, "serving": bundled})
    return sha256


def _card(app: AppTest, sha256: str, label: str):
    return next(
        button
        for button in app.button
        if button.label == label and button.key.startswith(f"model_{sha256[:12]}")
    )


def _reason(app: AppTest, prefix: str, reason: str) -> None:
    fields = (field for field in app.text_input if field.key.startswith(prefix))
    next(fields).set_value(reason)


def test_promote_does_not_become_promote_despite_the_gate_while_it_is_pressed(
    app: AppTest, store: Store, tmp_path: Path
) -> None:
    first, second = (_candidate(store, tmp_path / str(seed), seed) for seed in (5, 6))
    open_page(app, "models")
    store.models.promote(LOCAL_USER, second, "somebody else was quicker")
    _reason(app, f"model_{first[:12]}", "better")
    _card(app, first, "Promote now").click().run()
    assert not app.exception
    assert store.models.serving().sha256 == second
    assert CHANGED in texts(app)


def test_who_saw_the_warning_promotes_despite_the_gate_and_the_audit_says_both(
    app: AppTest, store: Store, tmp_path: Path
) -> None:
    first, second = (_candidate(store, tmp_path / str(seed), seed) for seed in (5, 6))
    store.models.promote(LOCAL_USER, second, "good")
    open_page(app, "models")
    _reason(app, f"model_{first[:12]}", "we know")
    _card(app, first, "Promote now").click().run()
    assert not app.exception
    assert store.models.serving().sha256 == first
    detail = store.audit.entries(LOCAL_USER).entries[0].detail
    assert (detail["passes_gate"], detail["despite_gate"]) == (False, True)


def test_a_rollback_pressed_twice_by_two_people_rolls_back_once(
    app: AppTest, store: Store, tmp_path: Path
) -> None:
    first, second = (_candidate(store, tmp_path / str(seed), seed) for seed in (5, 6))
    store.models.promote(LOCAL_USER, first, "good")
    store.models.promote(LOCAL_USER, second, "better", despite_gate=True)
    open_page(app, "models")
    store.models.rollback(LOCAL_USER, "somebody else was quicker")
    _reason(app, "serving_", "worse on hands")
    button(app, "Roll back now").click().run()
    assert not app.exception
    assert store.models.serving().sha256 == first
    assert CHANGED in texts(app)
