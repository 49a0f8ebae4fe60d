"""Few images are drawn without overlap, and gains are told pair by pair with their interval."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from arncnn import config
from arncnn.errors import DataError
from arncnn.experiments import transfer
from arncnn.models.bundle import ModelBundle


def test_what_is_learned_from_is_never_tested_on_and_every_class_has_as_many() -> None:
    found = transfer.digits()
    assert found.images.shape == (1797, 64, 64) and found.images.max() == 255
    draws = [found.draw(10, seed) for seed in (0, 1)]
    for learned, tested in draws:
        assert not set(learned) & set(tested)
        assert np.bincount(found.targets[learned]).tolist() == [10] * 10
        assert np.bincount(found.targets[tested]).tolist() == [60] * 10
    assert set(draws[0][0]) != set(draws[1][0])


def test_the_interval_of_a_mean_is_scipys() -> None:
    values = [0.1, 0.25, 0.05, 0.2]
    mean, low, high = transfer.mean_interval(values)
    wanted = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (mean, low, high) == pytest.approx((np.mean(values), wanted.low, wanted.high))


def test_a_report_pairs_the_seeds_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = {"transfer": 500, "scratch": 400, "scratch_longer": 450}
    asked = []

    def trained(bundle, found, arm, seed, few, epochs):
        asked.append((arm, seed))
        return right[arm] + 10 * seed * (arm == "transfer"), 600

    monkeypatch.setattr(transfer, "_trained", trained)
    bundle = ModelBundle.open(config.BUNDLED_MODELS / "paper")
    options = {"few": 10, "epochs": 4}
    transfer.report(bundle, [transfer.digits()], tmp_path, seeds=2, **options)
    found = transfer.report(bundle, [transfer.digits()], tmp_path, seeds=3, **options)
    assert len(asked) == 9, "what was trained before is not trained again"
    (row,) = found["sets"]
    assert row["gain"]["mean"] == pytest.approx(110 / 600)
    assert row["gain_over_longer"]["mean"] == pytest.approx(60 / 600)
    assert row["accuracy"]["transfer"]["seeds"] == pytest.approx([500 / 600, 510 / 600, 520 / 600])


def test_a_class_with_too_few_images_is_said(tmp_path: Path) -> None:
    few = replace(transfer.digits(), targets=np.minimum(np.arange(1797), 1))
    bundle = ModelBundle.open(config.BUNDLED_MODELS / "paper")
    with pytest.raises(DataError, match="has only 1 image"):
        transfer.report(bundle, [few], tmp_path, seeds=1, few=10, epochs=1)


def test_only_the_transfer_begins_from_the_models_layers() -> None:
    recipes = [transfer._recipe(arm, 20, 6) for arm in transfer.ARMS]
    assert [recipe.is_transfer for recipe in recipes] == [True, False, False]
    assert [recipe.epochs for recipe in recipes] == [20, 20, 60]
    assert {recipe.hyper.classes for recipe in recipes} == {6}
