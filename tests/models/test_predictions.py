"""What a model's folder remembers is read back as it was written."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from arncnn import config
from arncnn.errors import ModelError
from arncnn.models import predictions, training_history
from arncnn.models.bundle import ModelBundle
from arncnn.models.predictions import Predictions
from arncnn.uncertainty.verdict import decide
from tests.sealed_model import HISTORY, LABELS, seal_model, stored_logits


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    return seal_model(tmp_path_factory.mktemp("stored") / "model")


def test_the_history_is_read_back_field_by_field(bundle: ModelBundle) -> None:
    assert training_history.load(bundle) == HISTORY


def test_a_history_of_another_form_is_a_model_error(tmp_path: Path) -> None:
    bundle = seal_model(tmp_path / "model")
    (bundle.folder / "history.csv").write_text("epoch,loss\n1,abc\n")
    with pytest.raises(ModelError, match="history"):
        training_history.load(bundle)


def test_probabilities_are_the_softmax_of_the_stored_logits_over_the_temperature(
    bundle: ModelBundle,
) -> None:
    target, logits = stored_logits(bundle)
    found = Predictions.of(bundle)
    expected = softmax(logits.astype(np.float64) / 1.3, axis=1)
    np.testing.assert_allclose(found.probabilities, expected, rtol=1e-12)
    np.testing.assert_array_equal(found.is_right, expected.argmax(1) == target)


def test_a_cell_holds_exactly_its_images_least_sure_first(bundle: ModelBundle) -> None:
    target, logits = stored_logits(bundle)
    predicted = logits.argmax(1)
    wrong = np.argwhere(predicted != target)[0, 0]
    row, column = int(target[wrong]), int(predicted[wrong])
    cell = Predictions.of(bundle).cell(row, column)
    expected = np.flatnonzero((target == row) & (predicted == column)) * 3
    assert sorted(cell.index.tolist()) == expected.tolist()
    assert (np.diff(cell.probabilities.max(axis=1)) >= 0).all()


def test_no_review_means_probable_and_alone_in_its_set(bundle: ModelBundle) -> None:
    found = Predictions.of(bundle)
    sets = bundle.metadata.sets
    assert sets is not None
    inside = sets.sets(found.logits)
    alone = (inside.sum(axis=1) == 1) & inside[np.arange(len(found)), found.predicted]
    expected = alone & (found.probabilities.max(axis=1) >= 0.9)
    kept = predictions.needs_no_review(bundle, found)
    np.testing.assert_array_equal(kept, expected)
    assert 0 < kept.sum() < len(found)


def test_a_stored_novelty_sends_an_unusual_image_to_review(
    tmp_path: Path, bundle: ModelBundle
) -> None:
    novel = seal_model(tmp_path / "model", novel=True)
    found = Predictions.of(novel)
    usual = np.arange(1, len(found) + 1) / len(found) > 0.02  # the sealed model's threshold
    without = predictions.needs_no_review(bundle, Predictions.of(bundle))
    np.testing.assert_array_equal(predictions.needs_no_review(novel, found), without & usual)
    assert (without & ~usual).any()
    np.testing.assert_array_equal(found.only(usual).novelty_p_value, found.novelty_p_value[usual])


def test_a_model_without_calibration_has_no_sets_and_temperature_one(tmp_path: Path) -> None:
    bundle = seal_model(tmp_path / "model", calibrated=False)
    assert bundle.metadata.sets is None
    assert Predictions.of(bundle).temperature == 1.0
    assert bundle.labels == LABELS


def test_the_bundled_models_images_get_together_the_verdict_that_each_gets_alone() -> None:
    bundle = ModelBundle.open(config.default_model())
    found, sets = Predictions.of(bundle), bundle.metadata.sets
    assert sets is not None and found.novelty_p_value is not None
    kept = predictions.needs_no_review(bundle, found)
    assert 0 < (~kept).sum() < len(found) / 2
    doubted = np.flatnonzero(~kept)
    for row in np.concatenate([doubted, np.flatnonzero(kept)[:: len(found) // 200]]):
        decision = decide(
            label=found.labels[found.predicted[row]],
            probability=float(found.probabilities[row].max()),
            novelty_p_value=float(found.novelty_p_value[row]),
            prediction_set=sets.prediction_set(found.logits[row]),
            thresholds=bundle.metadata.thresholds,
        )
        assert (decision.verdict == "accept") == kept[row]
