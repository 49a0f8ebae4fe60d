"""Which training the pages show: the one just queued, and what follows one that ended."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from arncnn.store import LOCAL_USER, Store
from arncnn.store.job import State
from arncnn.store.roles import SUPERVISOR
from tests.pages.operate.acting import button, measured, open_page, running, texts
from tests.sealed_model import seal_model


def _curve(app: AppTest) -> AppTest:
    app.switch_page("pages/model/training_curve.py").run()
    assert not app.exception
    return app


def _chosen(app: AppTest) -> list[str]:
    return app.multiselect(key="curve_runs").value


def test_a_training_that_was_just_queued_is_the_one_that_is_shown(
    app: AppTest, store: Store
) -> None:
    measured()
    old, claim = running(store)
    store.jobs.work.finish(SUPERVISOR, claim, State.CANCELLED)
    open_page(app, "retraining")
    assert f"`{old.id}`" in texts(app)
    button(app, "Retrain").click().run()
    button(app, "Retrain").click()
    button(app, "Queue it").click().run()
    assert not app.exception
    new = store.jobs.list(LOCAL_USER).jobs[0]
    assert f"Training {new.id[:6]} is queued." in texts(app)
    assert app.selectbox(key="jobs").value == new.id
    assert f"`{new.id}`" in texts(app) and f"`{old.id}`" not in texts(app)


def test_another_training_stays_chosen_once_a_person_chose_it(app: AppTest, store: Store) -> None:
    measured()
    old, claim = running(store)
    store.jobs.work.finish(SUPERVISOR, claim, State.CANCELLED)
    now, _ = running(store)
    open_page(app, "retraining")
    assert app.selectbox(key="jobs").value == now.id, "the one that runs comes first"
    assert not app.warning
    app.selectbox(key="jobs").set_value(old.id).run()
    app.run()
    assert app.selectbox(key="jobs").value == old.id
    assert f"`{old.id}`" in texts(app)


def test_the_curve_of_a_training_that_ended_makes_way_for_its_models(
    app: AppTest, store: Store, tmp_path: Path
) -> None:
    _, claim = running(store)
    (live,) = _chosen(_curve(app))
    assert live.endswith("training now")
    model = store.models.register(
        LOCAL_USER, seal_model(tmp_path / "candidate", seed=5).folder, job_id=claim.job_id
    )
    store.jobs.work.finish(SUPERVISOR, claim, State.SUCCEEDED, result={"model_id": model.id})
    app.run()
    assert not app.exception
    (shown,) = _chosen(app)
    assert shown.startswith(f"{model.id}, ")
    assert shown in [heading.value for heading in app.subheader]


def test_the_curve_of_a_training_that_was_cancelled_makes_way_for_the_model_in_service(
    app: AppTest, store: Store
) -> None:
    _, claim = running(store)
    _curve(app)
    store.jobs.work.finish(SUPERVISOR, claim, State.CANCELLED)
    app.run()
    assert not app.exception
    (shown,) = _chosen(app)
    assert shown.endswith("in service")


def test_a_person_who_chose_no_training_sees_none(app: AppTest, store: Store) -> None:
    _, claim = running(store)
    _curve(app)
    app.multiselect(key="curve_runs").set_value([]).run()
    assert _chosen(app) == []
    store.jobs.work.finish(SUPERVISOR, claim, State.CANCELLED)
    app.run()
    assert not app.exception
    assert _chosen(app) == []
