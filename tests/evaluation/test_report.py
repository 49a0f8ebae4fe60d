"""The report's keys are fixed; its figures are recomputed by independent oracles."""

import json

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binomtest, entropy
from sklearn import metrics as oracle

from arncnn.data import mednist
from arncnn.evaluation import paper_values
from arncnn.evaluation.report import calibration_report, classification_report

LABELS = ("A", "B", "C")


@pytest.fixture
def predictions() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(2)
    targets = generator.integers(0, 3, 500)
    return generator.normal(size=(500, 3)) + 3 * np.eye(3)[targets], targets


def test_report_has_exactly_the_promised_keys_and_is_plain_json(predictions) -> None:
    report = classification_report(*predictions, LABELS)
    assert set(report) == {
        "n", "errors", "accuracy", "accuracy_interval", "log_loss", "precision", "recall",
        "f1", "cohen_kappa", "confusion_matrix", "uncertainty",
    }  # fmt: skip
    assert set(report["f1"]) == {*LABELS, "macro"}
    assert json.loads(json.dumps(report, allow_nan=False)) == report


@pytest.mark.parametrize("temperature", [1.0, 1.8])
def test_report_figures_are_the_oracles(predictions, temperature: float) -> None:
    logits, targets = predictions
    probabilities = softmax(logits / temperature, axis=1)
    predicted = probabilities.argmax(axis=1)
    report = classification_report(logits, targets, LABELS, temperature=temperature)
    assert report["errors"] == int(np.sum(predicted != targets))
    interval = binomtest(int(np.sum(predicted == targets)), 500).proportion_ci(0.95, "exact")
    assert report["accuracy_interval"] == pytest.approx(list(interval))
    assert report["log_loss"] == pytest.approx(oracle.log_loss(targets, probabilities))
    assert report["cohen_kappa"] == pytest.approx(oracle.cohen_kappa_score(targets, predicted))
    assert report["confusion_matrix"] == oracle.confusion_matrix(targets, predicted).tolist()
    for name, score in (
        ("precision", oracle.precision_score),
        ("recall", oracle.recall_score),
        ("f1", oracle.f1_score),
    ):
        expected = [
            *score(targets, predicted, average=None),
            score(targets, predicted, average="macro"),
        ]
        assert list(report[name].values()) == pytest.approx(expected)
    for column, label in enumerate(LABELS):
        rows = probabilities[predicted == column]
        found = report["uncertainty"][label]
        assert found["entropy"] == pytest.approx(entropy(rows, axis=1).mean())
        assert found["standard_deviation"] == pytest.approx(rows.max(axis=1).std())


def test_a_class_never_predicted_keeps_the_report_valid_json() -> None:
    logits, targets = np.array([[5.0, 0.0, 0.0], [4.0, 0.0, 0.0]]), np.array([0, 0])
    report = classification_report(logits, targets, LABELS)
    json.dumps(report, allow_nan=False)
    assert report["cohen_kappa"] is None
    assert report["uncertainty"]["B"]["entropy"] is None


def test_calibration_report_holds_every_score(predictions) -> None:
    report = calibration_report(*predictions)
    assert set(report) == {"log_loss", "brier", "ece", "adaptive_ece", "classwise_ece", "aurc"}
    assert all(0 <= value < 1 for value in report.values())


def test_paper_values_agree_with_one_another() -> None:
    test_images = 2359
    assert f"{1 - 1 / test_images:.4f}" == paper_values.TABLE_2["accuracy"]
    assert sum(mednist.COUNTS.values()) == 58_954
    for before, row in zip(paper_values.TABLE_1, paper_values.TABLE_1[1:], strict=False):
        improvement = 100 * (before.v_loss - row.v_loss) / before.v_loss
        assert improvement == pytest.approx(row.improvement_percent, abs=0.02)
