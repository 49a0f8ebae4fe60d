"""Retraining, corrections, models and audit through ``app.py``: empty, working, result, failed."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from arncnn.jobs import devices, single
from arncnn.store import LOCAL_USER, Actor, Role, Store
from arncnn.store.case import Case, NewCase
from arncnn.store.job import Claim, Job, State
from arncnn.store.pictures import Pixels
from arncnn.store.roles import SUPERVISOR
from pages.ui import resources, sign_in
from tests.sealed_model import seal_model

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("retraining", "corrections", "models", "audit")
VIEWER = Actor("viewer@example.org", frozenset({Role.VIEWER}))


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seal_model(tmp_path_factory.mktemp("operate") / "model").folder


@pytest.fixture
def app(model_folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The dashboard in an empty home; no supervisor is started beside it."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("ARNCNN_MODEL", str(model_folder))
    monkeypatch.setattr(resources, "warm_up_once_painted", lambda: None)  # its weights are void
    monkeypatch.setattr(single, "ensure_supervised", lambda store: False)
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def store(app: AppTest) -> Iterator[Store]:
    opened = Store.open()
    yield opened
    opened.close()


def _open(app: AppTest, page: str) -> AppTest:
    app.switch_page(f"pages/operate/{page}.py").run()
    assert not app.exception
    return app


def _texts(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.success, *app.error]
    return "\n".join(element.value for element in shown)


def _button(app: AppTest, label: str):
    return next(button for button in app.button if button.label == label)


def _measured() -> None:
    device = devices.Device("cpu:0@here", "cpu", "Test", 2**34, 100.0, 1000.0)
    found = devices.Survey((device,), "tensorflow", (), time.time())
    stored = {**found.to_json(), "made_for": devices._made_for()}
    (single.folder() / "devices.json").write_text(json.dumps(stored))


def _case(store: Store, number: int = 1) -> Case:
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


def _running(store: Store) -> tuple[Job, Claim]:
    store.jobs.submit(LOCAL_USER, {"recipe": "fine-tune"})
    job = store.jobs.work.claim(SUPERVISOR, "cpu:0@here", engine="local", lease_s=3600)
    progress = {
        "epochs": 2, "epochs_done": 1, "epoch": 2, "step": 5, "steps": 10, "stage": "training",
        "images": 100, "images_per_second": 10.0,
    }  # fmt: skip
    store.jobs.work.renew(SUPERVISOR, job.claim, progress=progress)
    return job, job.claim


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_an_empty_store(app: AppTest, page: str) -> None:
    _open(app, page)
    assert not app.error


def test_an_unmeasured_machine_is_offered_to_be_measured(app: AppTest) -> None:
    _open(app, "retraining")
    assert "Train a candidate" in [heading.value for heading in app.subheader]
    assert _button(app, "Measure this machine")


def test_the_plan_says_what_where_and_how_long_before_it_is_queued(app: AppTest) -> None:
    _measured()
    shown = _texts(_open(app, "retraining"))
    assert "fine-tune, going on from the model in service" in shown
    assert "no usable graphics card" in shown
    assert "It should take about" in shown


def test_a_running_training_shows_epoch_speed_and_time_left(app: AppTest, store: Store) -> None:
    _measured()
    _running(store)
    _open(app, "retraining")
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Epoch"] == "2 of 2"
    assert metrics["Step"] == "5 of 10"
    assert metrics["Images a second"] == "10"
    assert metrics["Time left"] == "about 5 s"  # half an epoch of 100 images at 10 a second


def test_cancel_on_the_page_reaches_the_store(app: AppTest, store: Store) -> None:
    _measured()
    job, _ = _running(store)
    _open(app, "retraining")
    _button(app, "Cancel").click().run()
    assert store.jobs.get(LOCAL_USER, job.id).stop_flag == "cancel"


def test_a_failed_training_shows_its_sentence_and_can_be_retried(
    app: AppTest, store: Store
) -> None:
    _measured()
    job, claim = _running(store)
    store.jobs.work.finish(SUPERVISOR, claim, State.FAILED, error="The disk is full.")
    _open(app, "retraining")
    assert "The disk is full." in [error.value for error in app.error]
    _button(app, "Retry").click().run()
    assert store.jobs.get(LOCAL_USER, job.id).state is State.QUEUED


def test_a_viewer_can_press_nothing(
    app: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _measured()
    _running(store)
    monkeypatch.setattr(sign_in, "actor", lambda: VIEWER)
    _open(app, "retraining")
    assert _button(app, "Cancel").disabled
    assert "needs the role trainer" in _texts(app)
    assert not app.error and not app.radio, "who may not train is told so, and offered no form"
    _open(app, "audit")
    assert "needs the role approver or admin" in _texts(app)


def test_a_correction_is_shown_with_who_said_what_and_approved(app: AppTest, store: Store) -> None:
    case = _case(store)
    store.corrections.say(LOCAL_USER, case.id, label="Hand", note="five fingers")
    other = Actor("second@example.org", frozenset({Role.CLINICIAN}))
    store.corrections.say(other, case.id, label="HeadCT")
    shown = _texts(_open(app, "corrections"))
    assert "People disagree" in shown and "five fingers" in shown
    assert "wrong, it is Hand X-ray" in shown
    _button(app, "Approve").click().run()
    approved, _ = store.corrections.queue(LOCAL_USER, state="approved")
    assert [o.case.id for o in approved] == [case.id]


def test_what_people_wrote_is_shown_as_they_wrote_it(app: AppTest, store: Store) -> None:
    case = _case(store)
    store.corrections.say(LOCAL_USER, case.id, label="Hand", note="![](http://a.example/b.png)")
    shown = _texts(_open(app, "corrections"))
    assert "b\\.png" in shown
    assert "![" not in shown and "](" not in shown, "a note must fetch no picture and make no link"


def test_all_that_is_agreed_on_is_approved_at_once_and_what_is_not_is_left(
    app: AppTest, store: Store
) -> None:
    agreed = [_case(store, number) for number in (1, 2, 3)]
    disputed = _case(store, 4)
    for case in (*agreed, disputed):
        store.corrections.say(LOCAL_USER, case.id, label="Hand")
    other = Actor("second@example.org", frozenset({Role.CLINICIAN}))
    store.corrections.say(other, disputed.id, label="HeadCT")
    _open(app, "corrections")
    _button(app, "Approve 3 corrections").click().run()
    assert not app.exception
    approved, _ = store.corrections.queue(LOCAL_USER, state="approved")
    assert {o.case.id for o in approved} == {case.id for case in agreed}
    assert {c.weight for o in approved for c in o.corrections} == {20.0}
    waiting, _ = store.corrections.queue(LOCAL_USER, state="pending")
    assert [o.case.id for o in waiting] == [disputed.id]


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
    shown = _texts(_open(app, "models"))
    assert "does not pass the gate" in shown and "Breast MRI is read worse" in shown
    assert app.dataframe[0].value["Right answers"].tolist() == ["Breast MRI"]
    _button(app, "Promote now").click().run()
    assert any("Say why" in error.value for error in app.error)
    assert store.models.serving() is None


def test_promotion_and_rollback_change_what_every_dashboard_serves(
    app: AppTest, store: Store, tmp_path: Path
) -> None:
    bundle = seal_model(tmp_path / "candidate", seed=4)
    sha256 = store.models.register(LOCAL_USER, bundle.folder).sha256
    store.models.judge(LOCAL_USER, sha256, {"passes": True, "reasons": []})
    _open(app, "models")
    next(t for t in app.text_input if t.label == "Reason").set_value("better")
    _button(app, "Promote now").click().run()
    assert not app.exception and store.models.serving().sha256 == sha256
    assert bundle.identity.id in _texts(app)
    next(t for t in app.text_input if t.label == "Reason").set_value("worse after all")
    _button(app, "Roll back now").click().run()
    assert not app.exception and store.models.serving() is None


def test_the_audit_is_filtered_and_its_chain_verified(app: AppTest, store: Store) -> None:
    case = _case(store)
    store.corrections.say(LOCAL_USER, case.id, label="Hand")
    _open(app, "audit")
    assert len(app.dataframe[0].value) == 2
    next(t for t in app.text_input if t.label == "What").set_value("correction.add").run()
    assert list(app.dataframe[0].value["What"]) == ["correction.add"]
    _button(app, "Verify the chain").click().run()
    assert any("The chain verifies" in success.value for success in app.success)


def test_an_altered_record_is_told_by_the_verification(app: AppTest, store: Store) -> None:
    from sqlalchemy import text

    _case(store)
    with store.writing() as session:
        session.execute(text("UPDATE cases SET label = 'Hand'"))
    _open(app, "audit")
    _button(app, "Verify the chain").click().run()
    assert any("Restore a backup" in error.value for error in app.error)


def _form(case_id: str) -> None:
    from arncnn.store import LOCAL_USER
    from pages.ui import resources
    from pages.ui.components import correction_form

    found = resources.store().cases.get(LOCAL_USER, case_id)
    correction_form.show(LOCAL_USER, found, ("CXR", "Hand"), key="form")


def test_a_reading_is_corrected_from_its_own_page(app: AppTest, store: Store) -> None:
    case = _case(store)
    form = AppTest.from_function(_form, args=(case.id,), default_timeout=120).run()
    form.radio[0].set_value("Hand")
    form.text_area[0].set_value("five fingers")
    _button(form, "Say so").click().run()
    assert not form.exception and not form.error
    said = store.corrections.opinions(LOCAL_USER, case.id).corrections[0]
    assert (said.label, said.is_right, said.note) == ("Hand", False, "five fingers")


def test_nothing_is_noted_before_an_answer_is_chosen(app: AppTest, store: Store) -> None:
    case = _case(store)
    form = AppTest.from_function(_form, args=(case.id,), default_timeout=120).run()
    _button(form, "Say so").click().run()
    assert "Choose what the scan shows" in form.error[0].value
    assert store.corrections.opinions(LOCAL_USER, case.id).corrections == ()
