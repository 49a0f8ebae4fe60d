"""What is kept of the test part when a model is sealed."""

from pathlib import Path

import keras
import numpy as np

from arncnn.data import Dataset
from arncnn.data.anatomy import Anatomy
from arncnn.models.recipe import PAPER
from arncnn.pipeline.acceptance import with_probability
from arncnn.pipeline.package import Parts, Passed, package, predictions
from arncnn.preprocess import normalize
from arncnn.training.fit import build
from arncnn.uncertainty.conformal import Conformal
from arncnn.uncertainty.novelty import Novelty, fit
from arncnn.uncertainty.novelty_scores import FeatureSet
from arncnn.uncertainty.verdict import Thresholds

CLASSES = 3


def _features(n: int, *, far: float = 0.0) -> FeatureSet:
    """Three classes along three axes; what is far lies along all the other axes."""
    generator = np.random.default_rng(n)
    centres = 4 * np.eye(CLASSES)[np.arange(n) % CLASSES]

    def drawn(axes: int) -> np.ndarray:
        rows = generator.normal(0, 0.1, (n, axes))
        rows[:, :CLASSES] += centres
        rows[:, CLASSES:] += far
        return rows.astype(np.float32)

    return FeatureSet(drawn(16), drawn(8), drawn(8))


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


def test_what_was_trained_in_bfloat16_is_sealed_and_read_in_full_precision(
    tmp_path: Path, tiny_dataset: Dataset
) -> None:
    recipe = PAPER.with_classes(len(tiny_dataset.labels))
    rows = np.arange(len(tiny_dataset))
    parts = Parts(rows, rows[:0], rows[:8], "made up", "0" * 64, Anatomy.of(tiny_dataset))
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        trained = build(recipe)
        sealed = package(tmp_path, trained, recipe, 0, [], tiny_dataset, parts)
        inside = sealed.network()  # proven here, in the training process, ...
    finally:
        keras.config.set_dtype_policy(before)
    outside = sealed.network()  # ... and where it is served
    images = normalize(tiny_dataset.images[:4])
    np.testing.assert_array_equal(np.asarray(inside(images)), np.asarray(outside(images)))
    rough = np.asarray(trained(images), np.float32)
    assert not np.array_equal(rough, np.asarray(outside(images)))  # bfloat16 would have shown


class _Guard:
    """Sets some images aside, as a refusal does."""

    def __init__(self, p_values: np.ndarray) -> None:
        self._p_values = p_values

    def p_values(self, _features: object, _predicted: np.ndarray) -> np.ndarray:
        return self._p_values


def test_the_probability_asked_for_is_learned_from_what_nothing_else_holds_back() -> None:
    targets = np.zeros(2000, np.int64)
    targets[:30] = 1  # wrong, and as sure as the thousand: 97 %
    sure = np.where(np.arange(2000) < 1000, 0.97, 0.9999)
    logits = np.log(np.stack([sure, 1 - sure], axis=1)).astype(np.float32)
    banks = tuple(np.linspace(-9, 0, 200, dtype=np.float32) for _ in range(2))
    asked = [
        with_probability(
            Thresholds(),
            Passed(logits, None),
            targets,
            1.0,
            Conformal(("A", "B"), banks),
            _Guard(p_values),
        ).probability_review
        for p_values in (np.ones(2000), np.where(targets == 1, 0.02, 0.5))
    ]
    assert asked[0] > 0.97 >= asked[1]
