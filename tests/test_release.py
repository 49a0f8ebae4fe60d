"""What is kept of the test part when a model is sealed."""

from pathlib import Path

import numpy as np

from arncnn.data import Dataset
from arncnn.release import Passed, predictions
from arncnn.uncertainty.novelty import Novelty, fit
from arncnn.uncertainty.novelty_scores import FeatureSet

CLASSES = 3


def _features(n: int, *, far: float = 0.0) -> FeatureSet:
    generator = np.random.default_rng(n)
    centres = 4 * np.eye(CLASSES)[np.arange(n) % CLASSES]
    vectors = generator.normal(far, 1, (n, 16))
    vectors[:, :CLASSES] += centres
    pooled = generator.normal(far, 1, (n, 8))
    return FeatureSet(vectors.astype(np.float32), pooled.astype(np.float32))


def test_stored_p_values_are_those_of_the_guard_as_it_was_saved(
    tmp_path: Path, tiny_dataset: Dataset
) -> None:
    fit(_features(600), np.arange(600) % CLASSES, _features(400)).save(tmp_path / "novelty.npz")
    guard = Novelty.load(tmp_path / "novelty.npz")
    rows = np.array([5, 2, 40])
    passed = Passed(np.zeros((3, CLASSES), np.float32), _features(3, far=9.0))
    kept = predictions(passed, tiny_dataset, rows, guard)
    assert (kept["novelty_p_value"] == guard.smallest_p_value).all()  # nothing is as far out
    assert kept["target"].tolist() == tiny_dataset.targets[[5, 2, 40]].tolist()
    usual = predictions(Passed(passed.logits, _features(3)), tiny_dataset, rows, guard)
    assert (usual["novelty_p_value"] > 0.01).all()


def test_without_calibration_no_p_value_is_kept(tiny_dataset: Dataset) -> None:
    passed = Passed(np.zeros((2, CLASSES), np.float32), _features(2))
    kept = predictions(passed, tiny_dataset, np.array([0, 1]), None)
    assert set(kept) == {"index", "target", "logits"}
