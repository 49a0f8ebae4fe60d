"""Outliers beside the classes: they teach "known", and the classes' loss does not see them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arncnn.data import Dataset
from arncnn.errors import UsageError
from arncnn.models.recipe import OUTLIERS, ROBUST, Recipe
from arncnn.network import known
from arncnn.pipeline.package import _known
from arncnn.preprocess import normalize
from arncnn.progress import Event
from arncnn.training.examples import Examples, batches
from arncnn.training.fit import Run, fit
from arncnn.training.request import TrainingRequest

TINY = replace(
    OUTLIERS.with_classes(3), epochs=3, batch_size=20, outliers=5, augment=False, average=0.0,
    replay=None,
)  # fmt: skip


def _stripes(count: int) -> np.ndarray:
    """Pictures unlike the drawn classes: fine stripes."""
    rng = np.random.default_rng(1)
    rows = np.arange(64)[:, None] // rng.integers(1, 4, (count, 1, 1)) % 2 * 255
    return np.broadcast_to(rows, (count, 64, 64)).astype(np.uint8)


def _examples(dataset: Dataset, rows: np.ndarray) -> Examples:
    weights = np.ones(len(dataset), np.float32)
    return Examples(dataset.images, dataset.targets, weights, rows, outliers=_stripes(12))


def _run(dataset: Dataset, folder: Path, recipe: Recipe = TINY, **options: object) -> Run:
    learn, watch = np.arange(0, 60, 2), np.arange(1, 60, 2)
    examples = _examples(dataset, learn), _examples(dataset, watch)
    return fit(recipe, *examples, folder, **options)  # type: ignore[arg-type]


def test_a_batch_holds_both_and_each_output_sees_what_is_its_own(tiny_dataset: Dataset) -> None:
    examples = _examples(tiny_dataset, np.arange(30))
    (first, second) = batches(examples, TINY, seed=0, epoch=1)
    for images, targets, weights in (first, second):
        assert images.shape == (20, 64, 64, 1)
        assert targets["known"][:, 0].tolist() == [1.0] * 15 + [0.0] * 5
        assert (weights["logits"][15:] == 0).all()
        assert weights["logits"].sum() == pytest.approx(20)  # Keras divides by all of them
        assert (weights["known"] == 1).all()
    again, _ = batches(examples, TINY, seed=0, epoch=1)
    np.testing.assert_array_equal(again[0], first[0])


def test_it_learns_what_is_known(tiny_dataset: Dataset, tmp_path: Path) -> None:
    found = _run(tiny_dataset, tmp_path, replace(TINY, epochs=12, learning_rate=5e-3))
    seen, strange = (
        found.model(normalize(images), training=False)[known.OUTPUT]
        for images in (tiny_dataset.images[1:60:2], _stripes(12))
    )
    assert np.mean(np.asarray(seen)) > np.mean(np.asarray(strange)) + 0.5
    assert _known(found.model) is not None


def test_it_goes_on_bit_for_bit_after_a_stop(tiny_dataset: Dataset, tmp_path: Path) -> None:
    whole = _run(tiny_dataset, tmp_path / "whole", seed=5)

    class KilledError(Exception):
        pass

    def kill(event: Event) -> None:
        if event["event"] == "epoch":
            raise KilledError

    with pytest.raises(KilledError):
        _run(tiny_dataset, tmp_path / "cut", seed=5, on_event=kill)
    goes_on = _run(tiny_dataset, tmp_path / "cut", seed=5)
    for one, two in zip(whole.model.get_weights(), goes_on.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_outliers_belong_to_their_recipe_alone() -> None:
    with pytest.raises(UsageError, match="folder of outliers"):
        TrainingRequest("outliers").own_recipe()
    with pytest.raises(UsageError, match="folder of outliers"):
        TrainingRequest("robust", outliers="somewhere").own_recipe()
    with pytest.raises(UsageError, match="specify one"):
        TrainingRequest("robust", without_kinds=("knee",))


def test_a_recipe_without_outliers_is_described_as_before() -> None:
    assert "outliers" not in ROBUST.to_json() and OUTLIERS.to_json()["outliers"] == 20
