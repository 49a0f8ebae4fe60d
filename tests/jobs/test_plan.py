"""What a person is told before a training is queued."""

import json
import time
from pathlib import Path

import pytest

from arncnn import config, data
from arncnn.data import registry
from arncnn.errors import JobError, PermissionDenied, UsageError
from arncnn.files import write_durably
from arncnn.jobs import devices, plan, remaining
from arncnn.jobs.suitable_recipes import suitable
from arncnn.jobs.training_spec import TrainingSpec
from arncnn.store import LOCAL_USER, Actor, Role, Store
from arncnn.store.job import State
from arncnn.store.roles import SUPERVISOR
from tests.jobs.conftest import Stage
from tests.store.made_up import new_case


@pytest.fixture
def store(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("ARNCNN_MODEL", "/nowhere")
    return stage.store


def measured(training: float = 100.0, reading: float = 1000.0, kind: str = "cpu") -> None:
    """A machine as if it had been measured."""
    device = devices.Device(f"{kind}:0@here", kind, "Test", 2**34, training, reading)
    found = devices.Survey((device,), "tensorflow", (), time.time())
    stored = {**found.to_json(), "made_for": devices._made_for()}
    write_durably(config.jobs_folder() / "devices.json", json.dumps(stored).encode())


def test_the_estimate_follows_from_the_measured_speed(store: Store) -> None:
    measured(training=100.0, reading=1000.0)
    one = plan.make_plan(store, LOCAL_USER, TrainingSpec("robust", epochs=1, subset=6000))
    three = plan.make_plan(store, LOCAL_USER, TrainingSpec("robust", epochs=3, subset=6000))
    assert three.estimate_s - one.estimate_s == pytest.approx(2 * 6000 / 100.0)
    assert any("about" in sentence for sentence in one.sentences())


def test_an_unmeasured_machine_promises_no_time(store: Store) -> None:
    drawn = plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune"))
    assert drawn.estimate_s is None
    assert "not been measured" in drawn.device_sentence


def test_a_machine_without_a_card_says_so_plainly(store: Store) -> None:
    measured()
    assert (
        "no usable graphics card"
        in plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune")).device_sentence
    )
    wanted = plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune"), "gpu")
    assert "No device here is 'gpu'" in wanted.device_sentence


def test_missing_data_is_offered_to_be_fetched(store: Store) -> None:
    drawn = plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune"))
    assert drawn.availability == "remote"
    assert drawn.to_json()["standing"] == "remote"  # the key that scripts know
    assert any("fetches it first (59 MB)" in sentence for sentence in drawn.sentences())


def test_data_that_is_named_but_not_there_is_said_before_a_training_fails(
    store: Store, tmp_path: Path
) -> None:
    named = tmp_path / "elsewhere.tar.gz"
    missing = plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune", source=str(named)))
    assert any("would fail" in sentence for sentence in missing.sentences())
    named.touch()
    there = plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune", source=str(named)))
    assert any("is imported first" in sentence for sentence in there.sentences())
    assert not any("fail" in sentence for sentence in there.sentences())


def test_a_plan_without_corrections_says_so_and_counts_none(store: Store) -> None:
    said = plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune")).sentences()
    assert "No corrected scans are used in addition." in said
    assert not any("held out" in sentence for sentence in said)


def test_without_a_model_in_service_it_trains_from_scratch(store: Store) -> None:
    assert plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune")).spec.start == "scratch"


def test_a_plan_is_queued_as_it_was_shown(store: Store) -> None:
    drawn = plan.make_plan(store, LOCAL_USER, TrainingSpec("robust", epochs=2, seed=7), "cpu")
    job = plan.submit(store, LOCAL_USER, drawn)
    assert TrainingSpec.from_json(job.spec) == drawn.spec
    assert job.wanted_device == "cpu"


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"subset": -1}, {"batch_size": 0}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(store: Store, wrong: dict) -> None:
    with pytest.raises(UsageError):
        plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune", **wrong))


def test_an_unknown_recipe_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="no recipe"):
        plan.make_plan(store, LOCAL_USER, TrainingSpec("magic"))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLINICIAN, Role.APPROVER, Role.ADMIN])
def test_only_a_trainer_plans_and_queues(store: Store, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        plan.make_plan(store, Actor("x", frozenset({role})), TrainingSpec("fine-tune"))


def test_the_survey_of_another_version_is_not_trusted(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured()
    assert devices.known() is not None
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert devices.known() is None


def test_time_left_follows_from_speed_and_position(stage: Stage) -> None:
    from dataclasses import replace

    job = stage.submit()
    progress = {
        "epochs": 4, "epochs_done": 1, "epoch": 2, "step": 50, "steps": 100,
        "images": 1000, "images_per_second": 10.0, "stage": "training",
    }  # fmt: skip
    seen = remaining.of_job(replace(job, progress=progress))
    assert (seen.epoch, seen.epochs) == (2, 4)
    assert seen.share == pytest.approx(1.5 / 4)
    assert seen.left_s is not None
    assert seen.left_s > 2.5 * 1000 / 10.0, "calibration and comparison are still to come"


def test_time_left_counts_calibration_and_comparison_to_the_end(stage: Stage) -> None:
    from dataclasses import replace

    job = stage.submit()
    done = {
        "epochs": 4, "epochs_done": 4, "epoch": 4, "step": 100, "steps": 100,
        "images": 1000, "images_per_second": 100.0,
    }  # fmt: skip
    phases = (
        {"stage": "training"},
        {"stage": "calibrating"},
        {"stage": "comparing", "stage_done": 1, "stage_total": 42},
        {"stage": "comparing", "stage_done": 42, "stage_total": 42},
    )
    left = [remaining.of_job(replace(job, progress=done | phase)).left_s for phase in phases]
    assert all(seconds is not None and seconds >= 5 for seconds in left), "never about 0 s"
    assert left == sorted(left, reverse=True)


def test_a_training_that_has_said_nothing_yet_promises_nothing(stage: Stage) -> None:
    seen = remaining.of_job(stage.submit())
    assert seen.left_s is None and seen.share == 0.0 and "Starting" in seen.sentence


def test_a_machine_that_is_too_busy_for_a_trial_is_not_said_to_be_unable(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "_TIMEOUT_S", 0.01)
    with pytest.raises(JobError, match="too busy to be measured"):
        devices.survey(anew=True)


@pytest.mark.parametrize(
    ("spec", "end", "left"),
    [
        ({}, State.SUCCEEDED, 0),
        ({}, State.FAILED, 1),
        ({}, State.CANCELLED, 1),
        ({"use_corrections": False}, State.SUCCEEDED, 1),
    ],
)
def test_a_correction_is_new_until_a_training_has_learned_from_it(
    store: Store, spec: dict[str, bool], end: State, left: int
) -> None:
    case = store.cases.add(LOCAL_USER, new_case(1))
    said = store.corrections.submit(LOCAL_USER, case.id, label="Hand")
    for reason in ("seen", "seen again"):  # twice approved is one correction
        store.corrections.review(LOCAL_USER, said.id, approve=True, reason=reason)
    assert plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune")).corrections_since == 1
    store.jobs.submit(LOCAL_USER, {"recipe": "fine-tune", **spec})
    job = store.jobs.work.claim(SUPERVISOR, "cpu:0@here", engine="local")
    store.jobs.work.finish(SUPERVISOR, job.claim, end)
    assert plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune")).corrections_since == left


def _shapes(folder: Path) -> str:
    """A registered data set of classes that no bundled model knows."""
    dataset = data.load(folder)
    entry = registry.described(dataset, "Shapes", source="drawn", licence="CC0", added_by="x")
    return registry.add(entry).name


def test_a_data_set_of_other_classes_is_transferred_to_and_said_so(
    store: Store, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = _shapes(tiny_folder)
    assert suitable(store, name) == ("robust", "paper"), "nothing serves"
    with pytest.raises(UsageError, match="no model in service"):
        plan.make_plan(store, LOCAL_USER, TrainingSpec("transfer", source=name))
    monkeypatch.setenv("ARNCNN_MODEL", str(config.BUNDLED_MODELS / "paper"))
    assert suitable(store, name) == ("transfer", "robust", "paper")
    assert suitable(store, None) == ("fine-tune", "robust", "paper")
    with pytest.raises(UsageError, match="Choose the recipe transfer"):
        plan.make_plan(store, LOCAL_USER, TrainingSpec("fine-tune", source=name))
    drawn = plan.make_plan(store, LOCAL_USER, TrainingSpec("transfer", source=name))
    assert (drawn.images, drawn.spec.use_corrections) == (54, False)
    said = " ".join(drawn.sentences())
    assert "with a new last layer" in said
    assert "Data set “Shapes”, 3 classes: Bar, Disc, Post." in said
    assert "does not know these classes of the model in service: Abdomen CT" in said
    assert "Too few images (under 25) to test how well it reads Bar, Disc, Post." in said
