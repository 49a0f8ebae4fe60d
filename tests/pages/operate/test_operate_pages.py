"""Retraining, models and audit through ``app.py``: empty, working, result, failed."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from arncnn.store import LOCAL_USER, Actor, Role, Store
from arncnn.store.job import State
from arncnn.store.roles import SUPERVISOR
from pages.ui import sign_in
from tests.pages.operate.acting import button, made_case, measured, open_page, running, texts
from tests.sealed_model import seal_model

PAGES = ("retraining", "corrections", "models", "audit")
VIEWER = Actor("viewer@example.org", frozenset({Role.VIEWER}))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_an_empty_store(app: AppTest, page: str) -> None:
    open_page(app, page)
    assert not app.error


def test_an_unmeasured_machine_is_offered_to_be_measured(app: AppTest) -> None:
    open_page(app, "retraining")
    assert "Train a candidate" in [heading.value for heading in app.subheader]
    assert button(app, "Measure this machine")


def test_the_plan_says_what_where_and_how_long_before_it_is_queued(app: AppTest) -> None:
    measured()
    shown = texts(open_page(app, "retraining"))
    assert "fine-tune, continuing from the model in service" in shown
    assert "no usable graphics card" in shown
    assert "It is expected to take about" in shown


def test_a_running_training_shows_epoch_speed_and_time_left(app: AppTest, store: Store) -> None:
    measured()
    running(store)
    open_page(app, "retraining")
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Epoch"] == "2 of 2"
    assert metrics["Step"] == "5 of 10"
    assert metrics["Images a second"] == "10"
    assert metrics["Time left"] == "about 25 min", "the calibration and comparison to come count"


def test_cancel_on_the_page_reaches_the_store(app: AppTest, store: Store) -> None:
    measured()
    job, _ = running(store)
    open_page(app, "retraining")
    button(app, "Cancel").click().run()
    assert store.jobs.get(LOCAL_USER, job.id).stop_flag == "cancel"


def test_a_failed_training_shows_its_sentence_and_can_be_retried(
    app: AppTest, store: Store
) -> None:
    measured()
    job, claim = running(store)
    store.jobs.work.finish(SUPERVISOR, claim, State.FAILED, error="The disk is full.")
    open_page(app, "retraining")
    assert "The disk is full." in [error.value for error in app.error]
    button(app, "Retry").click().run()
    assert store.jobs.get(LOCAL_USER, job.id).state is State.QUEUED


def test_a_viewer_can_press_nothing(
    app: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured()
    running(store)
    for asked in ("actor", "watching"):
        monkeypatch.setattr(sign_in, asked, lambda: VIEWER)
    open_page(app, "retraining")
    assert button(app, "Cancel").disabled
    assert "needs the role trainer" in texts(app)
    assert not app.error and not app.radio, "who may not train is told so, and offered no form"
    open_page(app, "audit")
    assert "needs the role approver or admin" in texts(app)


def test_a_candidate_shows_why_the_gate_stops_it_and_promotion_needs_a_reason(
    app: AppTest, store: Store, tmp_path: Path
) -> None:
    bundle = seal_model(tmp_path / "candidate", seed=3)
    sha256 = store.models.register(LOCAL_USER, bundle.folder).sha256
    share = {"value": 0.9, "interval": [0.8, 0.95], "hits": 9, "n": 10}
    store.models.judge(
        LOCAL_USER,
        sha256,
        {
            "passes": False,
            "reasons": ["Breast MRI is read worse: 9 of 10 against 10 of 10."],
            "classes": [
                {"name": "BreastMRI", "candidate": share, "serving": None, "is_worse": True}
            ],
        },
    )
    shown = texts(open_page(app, "models"))
    assert "does not pass the gate" in shown and "Breast MRI is read worse" in shown
    assert app.dataframe[0].value["Right answers"].tolist() == ["Breast MRI"]
    button(app, "Promote now").click().run()
    assert any("Give a reason" in error.value for error in app.error)
    assert store.models.serving() is None


def test_promotion_and_rollback_change_what_every_dashboard_serves(
    app: AppTest, store: Store, tmp_path: Path
) -> None:
    bundle = seal_model(tmp_path / "candidate", seed=4)
    sha256 = store.models.register(LOCAL_USER, bundle.folder).sha256
    store.models.judge(LOCAL_USER, sha256, {"passes": True, "reasons": []})
    open_page(app, "models")
    next(t for t in app.text_input if t.label == "Reason").set_value("better")
    button(app, "Promote now").click().run()
    assert not app.exception and store.models.serving().sha256 == sha256
    assert bundle.identity.id in texts(app)
    next(t for t in app.text_input if t.label == "Reason").set_value("worse after all")
    button(app, "Roll back now").click().run()
    assert not app.exception and store.models.serving() is None


def test_the_audit_is_filtered_and_its_chain_verified(app: AppTest, store: Store) -> None:
    case = made_case(store)
    store.corrections.submit(LOCAL_USER, case.id, label="Hand")
    open_page(app, "audit")
    assert len(app.dataframe[0].value) == 2
    next(t for t in app.text_input if t.label == "What").set_value("correction.add").run()
    assert list(app.dataframe[0].value["Recorded as"]) == ["correction.add"]
    assert list(app.dataframe[0].value["What"]) == ["Confirmed or corrected a reading"]
    said = "Confirmed or corrected a reading"
    next(t for t in app.text_input if t.label == "What").set_value(said).run()
    assert list(app.dataframe[0].value["Recorded as"]) == ["correction.add"], "in either's words"
    button(app, "Verify the chain").click().run()
    assert any("The chain is intact" in success.value for success in app.success)


def test_an_altered_record_is_told_by_the_verification(app: AppTest, store: Store) -> None:
    from sqlalchemy import text

    made_case(store)
    with store.writing() as session:
        session.execute(text("UPDATE cases SET label = 'Hand'"))
    open_page(app, "audit")
    button(app, "Verify the chain").click().run()
    assert any("Restore a backup" in error.value for error in app.error)
