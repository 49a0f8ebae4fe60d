"""A job's folder through a shared store."""

from pathlib import Path

import fsspec
import pytest

from arncnn.errors import JobError
from arncnn.jobs import artefacts, inputs, plan
from arncnn.jobs.engines.base import STOP_FILE
from arncnn.jobs.training_spec import TrainingSpec
from arncnn.store import LOCAL_USER
from tests.jobs.conftest import Stage


@pytest.fixture(params=["folder", "file://", "memory://"])
def shared(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty place, as ARNCNN_ARTEFACTS names it."""
    address = "" if request.param == "folder" else request.param
    address += f"{tmp_path}/shared"
    monkeypatch.setenv("ARNCNN_ARTEFACTS", address)
    return address


def test_what_one_machine_pushes_another_fetches(tmp_path: Path, shared: str) -> None:
    here, there = tmp_path / "a/job1", tmp_path / "b/job1"
    (here / "run/model").mkdir(parents=True)
    (here / "run/model/weights").write_bytes(b"w")
    (here / "run/.half-written").write_bytes(b"x")
    artefacts.of_job(here).push()
    assert fsspec.open(f"{shared}/job1/run/model/weights").open().read() == b"w"
    artefacts.of_job(there).fetch()
    assert (there / "run/model/weights").read_bytes() == b"w"
    assert not (there / "run/.half-written").exists()
    (there / "run/model/weights").write_bytes(b"better")
    artefacts.of_job(there).push("run")
    artefacts.of_job(here).fetch()
    assert (here / "run/model/weights").read_bytes() == b"better"


def test_a_stop_is_seen_on_the_other_machine_until_it_is_withdrawn(
    tmp_path: Path, shared: str
) -> None:
    here, there = tmp_path / "a/job1", tmp_path / "b/job1"
    (here / "run").mkdir(parents=True)
    (here / "run/checkpoint").write_bytes(b"old")
    worker = artefacts.of_job(there)
    (there / "run").mkdir(parents=True)
    (there / "run/checkpoint").write_bytes(b"new")
    worker.push("run")
    assert not worker.stop_asked()
    artefacts.of_job(here).ask_to_stop()
    assert worker.stop_asked()
    worker.fetch()
    assert (there / "run/checkpoint").read_bytes() == b"new"  # only the sign has travelled
    artefacts.of_job(here).withdraw_stop()
    artefacts.of_job(here).withdraw_stop()
    assert not worker.stop_asked() and not (here / STOP_FILE).exists()


def test_another_attempt_does_not_find_the_stop_of_the_one_before(
    stage: Stage, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_MODEL", "/nowhere")
    drawn = plan.make_plan(stage.store, LOCAL_USER, TrainingSpec("paper", epochs=1))
    job = plan.submit(stage.store, LOCAL_USER, drawn)
    place = artefacts.of_job(inputs.prepare_inputs(stage.store, job))
    place.ask_to_stop()
    assert place.stop_asked()
    inputs.prepare_inputs(stage.store, job)
    assert not place.stop_asked()


@pytest.mark.parametrize("address", ["no-such-kind://bucket", "without-its-package://bucket"])
def test_an_address_that_needs_another_package_is_said_in_a_sentence(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsspec.register_implementation("without-its-package", "no_such_package.Files", clobber=True)
    monkeypatch.setenv("ARNCNN_ARTEFACTS", address)
    (tmp_path / "job1").mkdir()
    with pytest.raises(JobError, match="pip install fsspec"):
        artefacts.of_job(tmp_path / "job1").push()


def test_without_a_shared_store_nothing_travels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARNCNN_ARTEFACTS", raising=False)
    place = artefacts.of_job(tmp_path)
    place.push()
    place.fetch()
    assert place.url is None and not place.stop_asked()
