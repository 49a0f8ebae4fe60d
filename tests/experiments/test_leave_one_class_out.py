"""Leave one class out: every class in turn, measured as scikit-learn does, never trained twice."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from arncnn import config
from arncnn.data import Dataset, splits
from arncnn.errors import UsageError
from arncnn.experiments import leave_one_class_out
from arncnn.inference.batched import run
from arncnn.labels import MEDICAL_MNIST
from arncnn.models.bundle import ModelBundle, golden_images
from arncnn.network.forward import ForwardPass
from arncnn.pipeline.package import NOVELTY
from arncnn.training.request import TrainingRequest
from arncnn.uncertainty.novelty import Novelty

LABELS = tuple(MEDICAL_MNIST)


@pytest.fixture(scope="module")
def drawn() -> Dataset:
    """Six classes: five of golden images in any order, one of noise."""
    rng = np.random.default_rng(0)
    targets = np.arange(600) % 6
    golden = golden_images()
    images = golden[rng.integers(0, len(golden), 600)].copy()
    images[targets == 5] = rng.integers(0, 256, (100, 64, 64))
    return Dataset(images, targets, LABELS, tuple(f"{n}" for n in range(600)), "0" * 64)


def test_each_class_is_left_out_once_and_its_figures_are_those_of_scikit_learn(
    drawn: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = []
    bundled = ModelBundle.open(config.default_model())

    def train(request: TrainingRequest, folder: Path, **how: object) -> ModelBundle:
        trained.append((request.leave_out, folder.name, request.subset, request.epochs))
        return bundled

    monkeypatch.setattr(leave_one_class_out, "train", train)
    monkeypatch.setattr(leave_one_class_out.data, "load", lambda source, progress: drawn)
    report = leave_one_class_out.novelty_by_class(
        TrainingRequest("robust", subset=7, epochs=2), tmp_path
    )
    assert trained == [(label, label, 7, 2) for label in LABELS]
    assert report["budget"] == {"recipe": "robust", "train_images": 7, "epochs": 2, "seed": 0}
    test = splits.paper(drawn).test
    features = run(ForwardPass(bundled.network()), drawn.images, test).features
    scores = Novelty.load(bundled.folder / NOVELTY).statistic(features)
    for number, label in enumerate(LABELS):
        expected = roc_auc_score(drawn.targets[test] == number, scores)
        assert report["per_class"][label]["auroc"] == pytest.approx(expected)
    found = [report["per_class"][label]["auroc"] for label in LABELS]
    assert report["mean_auroc"] == pytest.approx(np.mean(found))
    assert len(set(found)) > 3  # the classes differ, so a mix-up of theirs would show
    assert "without_known" not in report  # the recipe taught none of these networks that output

    request = TrainingRequest("outliers", subset=7, epochs=2, outliers="kinds")
    report = leave_one_class_out.novelty_by_class(request, tmp_path)
    assert report["budget"]["images_an_epoch"] == 12_000
    assert report["outliers"]["kinds"] == bundled.metadata.data.outliers.kinds
    assert report["per_class"]["CXR"]["auroc"] == found[LABELS.index("CXR")]
    guard = Novelty.load(bundled.folder / NOVELTY)
    chosen = [score for score in guard.scores if score.name != "known"]
    rest = Novelty(tuple(chosen), guard.first[: len(chosen)], guard.second).statistic(features)
    for number, label in enumerate(LABELS):
        expected = roc_auc_score(drawn.targets[test] == number, rest)
        assert report["without_known"]["per_class"][label]["auroc"] == pytest.approx(expected)
    assert len(chosen) < len(guard.scores) and not np.allclose(rest, scores)


def test_a_training_that_is_done_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "CXR").mkdir()
    (tmp_path / "CXR" / "model").symlink_to(config.default_model())
    monkeypatch.setattr(leave_one_class_out, "train", lambda *a, **k: pytest.fail("trained again"))
    bundled = ModelBundle.open(config.default_model())
    asked = TrainingRequest(bundled.metadata.recipe.name, leave_out="CXR", outliers="kinds")

    def trained(request: TrainingRequest) -> ModelBundle:
        return leave_one_class_out._trained(request, tmp_path / "CXR", None, lambda event: None)

    assert trained(asked).identity == bundled.identity
    for otherwise in (
        TrainingRequest("robust", leave_out="CXR"),
        replace(asked, epochs=3),
        replace(asked, seed=5),
        replace(asked, subset=7),
    ):
        with pytest.raises(UsageError, match="another recipe, length or seed, or on more images"):
            trained(otherwise)
