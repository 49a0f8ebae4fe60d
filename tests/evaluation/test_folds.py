"""Out-of-fold figures are scikit-learn's over all folds; folds that lack one are refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax
from sklearn import metrics

from arncnn.data import load, splits
from arncnn.errors import DataError
from arncnn.evaluation import folds, stored_reports
from arncnn.models import predictions
from arncnn.models.bundle import ModelBundle, seal
from arncnn.models.predictions import Predictions
from tests.sealed_model import LABELS, seal_model, stored_logits

FOLDS = 3


def _fold(folder: Path, number: int, split: str | None = None, seed: int | None = None) -> None:
    bundle = seal_model(folder, seed=number if seed is None else seed, n=60)
    learned = replace(bundle.metadata.data, split=split or folds.name(FOLDS, number))
    seal(folder, replace(bundle.metadata, data=learned))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Three sealed folds, in folders whose order is not the folds'."""
    for number in range(FOLDS):
        _fold(tmp_path / f"run-{9 - number}" / "model", number)
    return tmp_path


def test_the_folds_figures_are_scikit_learns_over_all_of_them(runs: Path) -> None:
    found = folds.report(runs)
    stored = [
        stored_logits(ModelBundle.open(runs / f"run-{9 - n}" / "model")) for n in range(FOLDS)
    ]
    target = np.concatenate([one[0] for one in stored])
    logits = np.concatenate([one[1] for one in stored])
    probabilities = softmax(logits.astype(float) / 1.3, axis=1)
    assert found["n"] == len(target) == 180
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(target, logits.argmax(1)))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(target, probabilities), rel=1e-5)
    matrix = metrics.confusion_matrix(target, logits.argmax(1), labels=range(len(LABELS)))
    assert found["confusion_matrix"] == matrix.tolist()
    assert sum(fold["errors"] for fold in found["folds"]) == found["errors"] == len(found["wrong"])
    assert [fold["n"] for fold in found["folds"]] == [60] * FOLDS
    assert [fold["split"] for fold in found["folds"]] == [
        folds.name(FOLDS, n) for n in range(FOLDS)
    ]
    wrong = np.zeros_like(matrix)
    for row in found["wrong"]:
        wrong[LABELS.index(row["true"]), LABELS.index(row["predicted"])] += 1
    np.testing.assert_array_equal(wrong, matrix - np.diag(np.diag(matrix)))


def test_the_accepted_of_the_folds_are_those_their_own_models_accept(runs: Path) -> None:
    accepted = wrong = 0
    for number in range(FOLDS):
        bundle = ModelBundle.open(runs / f"run-{number + 7}" / "model")
        kept = Predictions.of(bundle)
        kept = kept.only(predictions.needs_no_review(bundle, kept))
        accepted, wrong = accepted + len(kept), wrong + int((~kept.is_right).sum())
    found = folds.report(runs)
    assert 0 < accepted < found["n"]
    assert (found["accepted"], found["accepted_wrong"]) == (accepted, wrong)


def test_a_missing_fold_is_named(tmp_path: Path) -> None:
    for number in (0, 2):
        _fold(tmp_path / str(number) / "model", number)
    with pytest.raises(DataError, match="Not trained yet: grouped-3-fold-1"):
        folds.report(tmp_path)


def test_a_fold_trained_twice_is_refused(runs: Path) -> None:
    _fold(runs / "again" / "model", 1, seed=7)
    with pytest.raises(DataError, match="a fold twice"):
        folds.report(runs)


def test_models_of_another_split_are_no_folds(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no finished fold"):
        folds.report(tmp_path)
    _fold(tmp_path / "run" / "model", 0, split="paper")
    with pytest.raises(DataError, match="'paper', not on a grouped fold"):
        folds.report(tmp_path)


def test_a_stored_report_is_found_by_its_recipe(runs: Path, home: Path) -> None:
    found = folds.report(runs)
    (home / "measured").mkdir(parents=True)
    (home / "measured" / "folds.json").write_text(json.dumps(found))
    assert stored_reports.folds(found["recipe"]["name"]) == found
    assert stored_reports.folds("another") is None


@pytest.mark.slow
def test_a_fold_learns_from_the_other_folds_and_is_tested_on_its_own(
    tiny_folder: Path, home: Path, tmp_path: Path
) -> None:
    from arncnn.pipeline.train import train
    from arncnn.training.request import TrainingRequest

    for number in range(2):
        request = TrainingRequest("paper", epochs=1, source=str(tiny_folder), fold=number, folds=2)
        train(request, tmp_path / str(number))
    grouped = splits.grouped(load(str(tiny_folder)), 2)
    found = folds.report(tmp_path)
    for number, row in enumerate(found["folds"]):
        split = grouped.fold(number)
        kept = Predictions.of(ModelBundle.open(tmp_path / str(number) / "model"))
        np.testing.assert_array_equal(np.sort(kept.index), np.sort(split.test))
        assert (row["n"], row["train_images"]) == (len(split.test), len(split.train))
    assert found["n"] == len(np.concatenate(grouped.folds))
