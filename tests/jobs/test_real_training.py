"""The whole way with the real trainer on drawn pictures: trained, judged, promoted, fine-tuned."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from arncnn.data.approved_corrections import NEW_CLASS_LEAST
from arncnn.inference.reader import Reader
from arncnn.intake import open_bytes
from arncnn.intake.header import claim
from arncnn.jobs import inputs, plan
from arncnn.jobs.engines.local import LocalEngine
from arncnn.jobs.supervisor import Supervisor
from arncnn.jobs.training_spec import TrainingSpec
from arncnn.store import LOCAL_USER, Store
from arncnn.store.case import NewCase
from arncnn.store.job import State
from arncnn.store.pictures import Pixels
from arncnn.store.registered_model import RegisteredModel
from arncnn.store.verify import verify
from tests.jobs.conftest import Stage

_RINGS, _STRANGERS = 26, 5  # approved scans; the store holds a fifth of each out, by hash

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_training_leads_to_a_judged_candidate_and_a_fine_tune_learns_corrections(
    stage: Stage, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_DATA", str(tiny_folder))
    monkeypatch.setenv("ARNCNN_MODEL", "/nowhere")  # no bundled model: train from scratch first
    monkeypatch.setattr("arncnn.jobs.engines.local._NICENESS", 0)  # nobody reads beside it
    store = stage.store
    supervisor = Supervisor(store, LocalEngine(("cpu:0@here",)), report=stage.said.append)

    drawn = plan.make_plan(store, LOCAL_USER, TrainingSpec("paper", epochs=1, batch_size=16))
    assert drawn.spec.start == "scratch"
    job = plan.submit(store, LOCAL_USER, drawn)
    stage.until(supervisor, lambda: stage.job(job).is_final, within_s=420)
    first = stage.job(job)
    assert first.state is State.SUCCEEDED, (first.error, _log(first.id))
    assert all(line.startswith("{") for line in _log(first.id).splitlines()[1:])  # events alone
    model = store.models.get(LOCAL_USER, first.result["model"])
    assert model.gate["passes"] and "no model in service" in model.gate["reasons"][0]
    store.models.promote(LOCAL_USER, model.sha256, "the first")

    for number in range(12):
        _approved_correction(store, number, model, "Disc")
    for number in range(_RINGS):
        _approved_correction(store, 100 + number, model, "Ring", weight=1.0)
    for number in range(_STRANGERS):
        _approved_correction(store, 200 + number, model, None, weight=1.0)
    drawn = plan.make_plan(
        store, LOCAL_USER, TrainingSpec("paper", epochs=1, subset=32, batch_size=16)
    )
    assert drawn.spec.start == "model in service"
    assert drawn.corrections + drawn.held_out == drawn.corrections_since == 12 + _RINGS + _STRANGERS
    new = dict(drawn.new_classes)
    assert new["Ring"] >= NEW_CLASS_LEAST
    assert any("Ring is a new class" in sentence for sentence in drawn.sentences())
    assert any("what to refuse" in sentence for sentence in drawn.sentences())
    job = plan.submit(store, LOCAL_USER, drawn)
    stage.until(supervisor, lambda: stage.job(job).is_final, within_s=420)
    second = stage.job(job)
    assert second.state is State.SUCCEEDED, (second.error, _log(second.id))
    tuned = store.models.get(LOCAL_USER, second.result["model"])
    assert tuned.parent_sha256 == model.sha256
    start = next(e for e in store.jobs.events(LOCAL_USER, job.id) if e.kind == "start")
    discs = drawn.corrections - new["Ring"] - drawn.out_of_distribution
    assert start.payload["images"] == 32 + 20 * discs + new["Ring"]  # as often as they weigh
    assert {c["name"] for c in tuned.gate["classes"]} == {"Bar", "Disc", "Post"}
    assert tuned.gate["corrections"]["candidate"]["n"] == drawn.held_out - 1
    assert tuned.gate["strangers"]["candidate"]["n"] == 1
    reader = Reader.open(tuned.folder)  # its golden images prove the grown network
    assert reader.labels == ("Bar", "Disc", "Post", "Ring")
    ring = open_bytes(_png(_ring(1)))
    reading = reader.read(ring)
    assert set(reading.to_json()["probabilities"]) == set(reader.labels)
    assert claim({"Modality": "CR"}).compare("Ring").verdict == "cannot_judge"
    assert verify(store, LOCAL_USER).is_intact


def _approved_correction(
    store: Store, number: int, model: RegisteredModel, answer: str | None, weight: float = 20.0
) -> None:
    generator = np.random.default_rng(number)
    views = generator.random((1, 64, 64, 1)).astype(np.float32)
    if answer == "Ring":
        views = (_ring(number)[None, :, :, None] / 255).astype(np.float32)
    reading = {
        "label": "Bar",
        "verdict": "accept",
        "model": {"id": model.id, "sha256": model.sha256},
        "probabilities": {"Bar": 0.9},
    }
    pixels = Pixels(generator.integers(0, 255, (64, 64)).astype(np.uint8), views)
    case = store.cases.add(LOCAL_USER, NewCase(reading, f"{number:064x}", "png", pixels))
    said = store.corrections.submit(
        LOCAL_USER, case.id, label=answer, is_none_of_these=answer is None
    )
    store.corrections.review(LOCAL_USER, said.id, approve=True, weight=weight)


def _ring(seed: int) -> np.ndarray:
    """A ring on grey ground, uint8 (64, 64): a kind that the data set does not have."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:64, 0:64]
    y, x = generator.integers(26, 38, 2)
    distance = np.hypot(rows - y, columns - x)
    grey = 40 + 150 * (abs(distance - 18) < 4) + generator.normal(0, 10, (64, 64))
    return grey.clip(0, 255).astype(np.uint8)


def _png(picture: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def _log(job_id: str) -> str:
    logs = sorted(inputs.folder_of(job_id).glob("attempt-*.log"))
    return logs[-1].read_text()[-3000:] if logs else "no log"
