"""The whole way with the real trainer on drawn pictures: trained, judged, promoted, fine-tuned."""

from pathlib import Path

import numpy as np
import pytest

from arncnn.jobs import inputs, plan
from arncnn.jobs.engines.local import LocalEngine
from arncnn.jobs.supervisor import Supervisor
from arncnn.store import LOCAL_USER, Store
from arncnn.store.case import NewCase
from arncnn.store.job import State
from arncnn.store.pictures import Pixels
from arncnn.store.verify import verify
from tests.jobs.conftest import Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_training_leads_to_a_judged_candidate_and_a_fine_tune_learns_corrections(
    stage: Stage, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNCNN_DATA", str(tiny_folder))
    monkeypatch.setenv("ARNCNN_MODEL", "/nowhere")  # no bundled model: train from scratch first
    monkeypatch.setattr("arncnn.jobs.engines.local._NICENESS", 0)  # nobody reads beside it
    store = stage.store
    supervisor = Supervisor(store, LocalEngine(("cpu:0@here",)), say=stage.said.append)

    drawn = plan.draw_up(store, LOCAL_USER, recipe="paper", epochs=1, batch_size=16)
    assert drawn.spec.start == "scratch"
    job = plan.submit(store, LOCAL_USER, drawn)
    stage.until(supervisor, lambda: stage.job(job).is_final, within_s=420)
    first = stage.job(job)
    assert first.state is State.SUCCEEDED, (first.error, _log(first.id))
    model = store.models.get(LOCAL_USER, first.result["model"])
    assert model.gate["passes"] and "no model in service" in model.gate["reasons"][0]
    store.models.promote(LOCAL_USER, model.sha256, "the first")

    for number in range(12):
        _approved_correction(store, number, model.sha256, model.id)
    # Not the recipe "fine-tune": it calibrates, which takes 99 images a class kept apart.
    drawn = plan.draw_up(store, LOCAL_USER, recipe="paper", epochs=1, subset=32, batch_size=16)
    assert drawn.spec.start == "model in service"
    assert drawn.corrections + drawn.held_out == drawn.corrections_since == 12
    assert drawn.corrections > 0
    job = plan.submit(store, LOCAL_USER, drawn)
    stage.until(supervisor, lambda: stage.job(job).is_final, within_s=420)
    second = stage.job(job)
    assert second.state is State.SUCCEEDED, (second.error, _log(second.id))
    tuned = store.models.get(LOCAL_USER, second.result["model"])
    assert tuned.parent_sha256 == model.sha256
    start = next(e for e in store.jobs.events(LOCAL_USER, job.id) if e.kind == "start")
    assert start.payload["images"] == 32 + drawn.corrections
    assert {c["name"] for c in tuned.gate["classes"]} == {"Bar", "Disc", "Post"}
    assert tuned.gate["corrections"]["candidate"]["n"] == drawn.held_out
    assert verify(store, LOCAL_USER).is_intact


def _approved_correction(store: Store, number: int, sha256: str, model_id: str) -> None:
    generator = np.random.default_rng(number)
    views = generator.random((1, 64, 64, 1)).astype(np.float32)
    reading = {
        "label": "Bar",
        "verdict": "accept",
        "model": {"id": model_id, "sha256": sha256},
        "probabilities": {"Bar": 0.9},
    }
    pixels = Pixels(generator.integers(0, 255, (64, 64)).astype(np.uint8), views)
    case = store.cases.add(LOCAL_USER, NewCase(reading, f"{number:064x}", "png", pixels))
    said = store.corrections.say(LOCAL_USER, case.id, label="Disc")
    store.corrections.review(LOCAL_USER, said.id, approve=True, weight=20.0)


def _log(job_id: str) -> str:
    logs = sorted(inputs.folder_of(job_id).glob("attempt-*.log"))
    return logs[-1].read_text()[-3000:] if logs else "no log"
