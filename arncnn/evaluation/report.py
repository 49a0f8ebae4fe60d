"""The report of ``evaluate``: one JSON object, computed from logits alone."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arncnn.evaluation.calibration_error import adaptive_ece, brier, classwise_ece, ece
from arncnn.evaluation.metrics import Estimate, Metrics, metrics
from arncnn.evaluation.selective import risk_coverage
from arncnn.uncertainty.paper import by_predicted_class
from arncnn.uncertainty.temperature import negative_log_likelihood, softmax


def paper_test_report(
    logits: np.ndarray,
    targets: np.ndarray,
    labels: Sequence[str],
    model: Mapping[str, str],
    *,
    temperature: float = 1.0,
) -> dict[str, Any]:
    """The paper's figures on its test part, each with what is needed to judge it.

    Args:
        logits: (n, classes).
        targets: int, (n,), true columns.
        labels: the class of each column.
        model: ``{"id": ..., "sha256": ...}`` of the model that made the logits.
        temperature: divides the logits before the softmax.

    Returns:
        ``n``, ``errors``, ``accuracy``, ``accuracy_interval`` (95 % Clopper-Pearson),
        ``log_loss`` (nats, without penalty), ``precision``, ``recall``, ``f1`` (by class and
        ``macro``), ``cohen_kappa``, ``confusion_matrix`` (rows true, in the order of the
        classes), ``uncertainty`` (by predicted class), ``model``.
    """
    probabilities = softmax(logits, temperature)
    found = metrics(targets, probabilities.argmax(axis=1), labels)
    return {
        "n": found.n,
        "errors": found.errors,
        "accuracy": found.accuracy.value,
        "accuracy_interval": [found.accuracy.lower, found.accuracy.upper],
        "log_loss": negative_log_likelihood(logits, targets, temperature),
        **_by_class(found),
        "cohen_kappa": None if math.isnan(found.cohen_kappa) else found.cohen_kappa,
        "confusion_matrix": found.confusion_matrix.tolist(),
        "uncertainty": {
            row.label: {
                "n": row.n,
                "entropy": row.entropy,
                "entropy_level": row.entropy_level,
                "standard_deviation": row.standard_deviation,
                "standard_deviation_level": row.standard_deviation_level,
            }
            for row in by_predicted_class(probabilities, labels)
        },
        "model": dict(model),
    }


def calibration_report(
    logits: np.ndarray, targets: np.ndarray, *, temperature: float = 1.0
) -> dict[str, float]:
    """``log_loss``, ``brier``, ``ece``, ``adaptive_ece``, ``classwise_ece``, ``aurc``."""
    probabilities = softmax(logits, temperature)
    correct = probabilities.argmax(axis=1) == targets
    return {
        "log_loss": negative_log_likelihood(logits, targets, temperature),
        "brier": brier(probabilities, targets),
        "ece": ece(probabilities, targets),
        "adaptive_ece": adaptive_ece(probabilities, targets),
        "classwise_ece": classwise_ece(probabilities, targets),
        "aurc": risk_coverage(probabilities.max(axis=1), correct).aurc,
    }


def _by_class(found: Metrics) -> dict[str, dict[str, float]]:
    macro: dict[str, Estimate] = {
        "precision": found.macro_precision,
        "recall": found.macro_recall,
        "f1": found.macro_f1,
    }
    return {
        name: {
            **{
                row.label: 0.0 if math.isnan(value := getattr(row, name).value) else value
                for row in found.classes
            },
            "macro": average.value,
        }
        for name, average in macro.items()
    }
