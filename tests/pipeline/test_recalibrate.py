"""A model calibrated anew: the same network, the refusal of this version."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from arncnn.data import Dataset, splits
from arncnn.data.anatomy import Anatomy
from arncnn.data.approved_corrections import ApprovedCorrections
from arncnn.errors import UsageError
from arncnn.models.bundle import ModelBundle, golden_images
from arncnn.models.metadata import AveragedWith, ModelIdentity, OutlierData
from arncnn.models.recipe import FINE_TUNE, PAPER, ROBUST, Recipe
from arncnn.models.training_history import EpochRecord
from arncnn.network.hyper_parameters import CONV_MAP_SHAPE, VECTOR_LENGTH
from arncnn.pipeline import package, recalibrate
from arncnn.pipeline.train import _taken_over, learned_and_kept
from arncnn.training.fit import build
from arncnn.uncertainty import novelty
from arncnn.uncertainty.known import Known
from arncnn.uncertainty.novelty import Novelty

LABELS = ("Bar", "Disc", "Post")
HISTORY = [EpochRecord(1, 2.1, 17.0, 1.9, 16.0, 1e-3, 1e-3, "accuracy", 0.0, 1.0, "best", 1.8)]


@pytest.fixture(scope="module")
def drawn() -> Dataset:
    rng = np.random.default_rng(0)
    targets = np.arange(3420) % 3
    images = golden_images()[targets] // 2 + rng.integers(0, 99, (3420, 64, 64), np.uint8)
    return Dataset(images, targets, LABELS, tuple(map(str, range(3420))), "0" * 64)


@pytest.fixture(autouse=True)
def data_at_hand(monkeypatch: pytest.MonkeyPatch, drawn: Dataset) -> None:
    monkeypatch.setattr(recalibrate.data, "load", lambda source, progress: drawn)
    monkeypatch.setattr(package, "_EXPLAINED", 2)


def _sealed(
    folder: Path,
    drawn: Dataset,
    recipe: Recipe = ROBUST,
    corrections: ApprovedCorrections | None = None,
    outliers: OutlierData | None = None,
    is_known: Known | None = None,
) -> ModelBundle:
    recipe, split = recipe.with_classes(3), splits.paper(drawn)
    learned, kept = learned_and_kept(recipe, drawn, split, subset=300)
    parts = package.Parts(
        learned, kept, split.test[:40], split.name, split.sha256, Anatomy.of(drawn)
    )
    one, two = ModelIdentity("robust-1", "1" * 64), AveragedWith("robust-2", "2" * 64, 0.25)
    return package.package(
        folder, build(recipe), recipe, 5, HISTORY, drawn, parts, one, two, corrections,
        outliers, is_known,
    )  # fmt: skip


def test_the_weights_stay_and_the_refusal_is_this_versions(
    drawn: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        fit = partial(novelty.fit, scores=("mahalanobis",))
        earlier.setattr(package.novelty, "fit", fit)
        before = _sealed(tmp_path / "before", drawn)
    after = recalibrate.recalibrate(before.folder, tmp_path / "after")
    for old, new in zip(before.network().get_weights(), after.network().get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    for key in ("recipe", "seed", "data", "started_from", "averaged_with", "labels"):
        assert getattr(after.metadata, key) == getattr(before.metadata, key)
    assert (after.folder / "history.csv").read_text() == (before.folder / "history.csv").read_text()
    names = [
        [score.name for score in Novelty.load(b.folder / "novelty.npz").scores]
        for b in (before, after)
    ]
    assert names == [["mahalanobis"], list(novelty.CHOSEN)]
    again = recalibrate.recalibrate(after.folder, tmp_path / "again")
    assert again.metadata.to_json()["calibration"] == after.metadata.to_json()["calibration"]


def test_what_was_learned_from_outliers_stays_with_a_model_and_its_fine_tunes(
    drawn: Dataset, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    channels, vector = CONV_MAP_SHAPE[-1], VECTOR_LENGTH
    arrays = [rng.normal(size=shape) for shape in ((2 * channels + vector, 4), 4, (4, 1), 1)]
    learned, taught = Known.of(*arrays, channels=channels), OutlierData("7" * 64, {"knee": 3})
    before = _sealed(tmp_path / "before", drawn, outliers=taught, is_known=learned)
    after = recalibrate.recalibrate(before.folder, tmp_path / "after")
    for model in (before, after):
        found = Novelty.load(model.folder / "novelty.npz")
        assert found.known is not None and found.predicted is not None
        np.testing.assert_array_equal(found.known.of_peak, learned.of_peak)
        assert model.metadata.data.outliers == taught
    kept, of = _taken_over(FINE_TUNE, after, LABELS)
    assert kept is not None and of == taught
    assert _taken_over(FINE_TUNE, after, (*LABELS, "Knee")) == (None, None)  # it would be refused
    assert _taken_over(ROBUST, after, LABELS) == (None, None)  # another network altogether


def test_what_cannot_be_calibrated_is_said_in_a_sentence(
    drawn: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = _sealed(tmp_path / "plain", drawn, PAPER)
    with pytest.raises(UsageError, match="keeps no images"):
        recalibrate.recalibrate(plain.folder, tmp_path / "to")
    images, weights = drawn.images[:1], np.ones(1, np.float32)
    learned = ApprovedCorrections(images, ("Bar",), weights, ("a scan",))
    corrected = _sealed(tmp_path / "corrected", drawn, PAPER, learned)
    with pytest.raises(UsageError, match="trained on corrections"):
        recalibrate.recalibrate(corrected.folder, tmp_path / "to")
    other = Dataset(drawn.images, drawn.targets, LABELS, drawn.paths, "1" * 64)
    monkeypatch.setattr(recalibrate.data, "load", lambda source, progress: other)
    with pytest.raises(UsageError, match="other data"):
        recalibrate.recalibrate(plain.folder, tmp_path / "to")
    with pytest.raises(UsageError, match="does not exist yet"):
        recalibrate.recalibrate(plain.folder, plain.folder)
    assert not (tmp_path / "to").exists()
