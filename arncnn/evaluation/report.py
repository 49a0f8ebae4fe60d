"""The report of ``evaluate``: one JSON object, computed from logits alone."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from arncnn.evaluation.calibration_error import adaptive_ece, brier, classwise_ece, ece
from arncnn.evaluation.metrics import Metrics, metrics
from arncnn.evaluation.selective import risk_coverage
from arncnn.uncertainty.paper import by_predicted_class
from arncnn.uncertainty.temperature import negative_log_likelihood, softmax


def classification_report(
    logits: np.ndarray,
    targets: np.ndarray,
    labels: Sequence[str],
    *,
    temperature: float = 1.0,
) -> dict[str, Any]:
    """The paper's figures of any predictions, each with what is needed to judge it.

    Args:
        logits: (n, classes).
        targets: int, (n,), true columns.
        labels: the class of each column.
        temperature: divides the logits before the softmax.

    Returns:
        ``n``, ``errors``, ``accuracy``, ``accuracy_interval`` (95% Clopper-Pearson),
        ``log_loss`` (nats, without penalty), ``precision``, ``recall``, ``f1`` (by class and
        ``macro``), ``cohen_kappa``, ``confusion_matrix`` (rows true, in the order of the
        classes), ``uncertainty`` (by predicted class).
    """
    probabilities = softmax(logits, temperature)
    found = metrics(targets, probabilities.argmax(axis=1), labels)
    return {
        "n": found.n,
        "errors": found.errors,
        **found.accuracy.named("accuracy"),
        "log_loss": negative_log_likelihood(logits, targets, temperature),
        **_by_class(found),
        "cohen_kappa": None if math.isnan(found.cohen_kappa) else found.cohen_kappa,
        "confusion_matrix": found.confusion_matrix.tolist(),
        "uncertainty": {
            row.label: {name: value for name, value in asdict(row).items() if name != "label"}
            for row in by_predicted_class(probabilities, labels)
        },
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
    return {
        name: {
            # A class that was never predicted, or never occurred, counts as 0.
            **{row.label: np.nan_to_num(getattr(row, name).value).item() for row in found.classes},
            "macro": getattr(found, f"macro_{name}").value,
        }
        for name in ("precision", "recall", "f1")
    }
