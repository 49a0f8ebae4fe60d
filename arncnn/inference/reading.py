"""Reading: all that a model has to say of one scan, from one pass.

It holds the pixels' own answer (calibrated probabilities), its uncertainty, what the header
claims, the verdict with its reasons, and the features from which every explanation is made
without another pass.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from arncnn.intake.header import HeaderCheck
from arncnn.models.metadata import ModelIdentity
from arncnn.network.forward import Features
from arncnn.preprocess import ModelInput
from arncnn.uncertainty import guards
from arncnn.uncertainty.header_posterior import WithHeader


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """How sure a reading is.

    Attributes:
        maximum_probability: largest calibrated probability, 0 to 1.
        normalized_probability: the same divided by the sum (the paper's formula).
        entropy: nats, 0 to log(classes).
        mutual_information: nats; disagreement of the head's dropout samples.
        dropout_mean: float32, (classes,), mean probability over the samples.
        dropout_std: float32, (classes,), standard deviation over the samples.
        dropout_lower: float32, (classes,), 2.5% quantile over the samples.
        dropout_upper: float32, (classes,), 97.5% quantile.
    """

    maximum_probability: float
    normalized_probability: float
    entropy: float
    mutual_information: float
    dropout_mean: np.ndarray
    dropout_std: np.ndarray
    dropout_lower: np.ndarray
    dropout_upper: np.ndarray


@dataclass(frozen=True, eq=False)
class Reading:
    """What the model has to say of one scan.

    Attributes:
        labels: the classes, in the order of every array here.
        logits: float32, (classes,), of all views together.
        probabilities: float32, (classes,), from the pixels alone; see ``is_calibrated``.
        label: the answer; None when the scan is refused.
        pixel_label: the likeliest class by the pixels, whatever the verdict.
        verdict: "accept", "review" or "refuse".
        reasons: sentences, gravest first.
        unsuitable: what speaks against the picture itself, whatever the model; also in reasons.
        uncertainty: how sure.
        prediction_set: conformal set, likeliest first; None without calibration.
        novelty_p_value: 0 to 1, small is unlike the known; None without calibration.
        header: what the header claims, and whether that agrees.
        features: of the view that speaks most for the answer.
        model_input: what the network saw.
        view: index of that view.
        per_view_probabilities: float32, (views, classes).
        model: which model.
        sha256, frame, frames, kind: of the scan.
        with_header: the classes by pixels and header together, beside the pixels' own answer.
    """

    labels: tuple[str, ...]
    logits: np.ndarray
    probabilities: np.ndarray
    label: str | None
    pixel_label: str
    verdict: str
    reasons: tuple[str, ...]
    unsuitable: tuple[guards.Reason, ...]
    uncertainty: Uncertainty
    prediction_set: tuple[str, ...] | None
    novelty_p_value: float | None
    header: HeaderCheck
    features: Features
    model_input: ModelInput
    view: int
    per_view_probabilities: np.ndarray
    model: ModelIdentity
    sha256: str
    frame: int
    frames: int
    kind: str
    with_header: WithHeader | None = None

    @property
    def is_calibrated(self) -> bool:
        """Whether the model was calibrated; else its probabilities are the plain softmax."""
        return self.prediction_set is not None

    def to_json(self, path: str | None = None) -> dict[str, Any]:
        """The reading as one JSON object, the command line's and the store's form.

        Args:
            path: how the caller names the file.
        """
        return {
            "path": path,
            "status": "read",
            "label": self.label,
            "probabilities": self._by_label(self.probabilities),
            "logits": self._by_label(self.logits),
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "entropy": self.uncertainty.entropy,
            "prediction_set": None if self.prediction_set is None else list(self.prediction_set),
            "novelty_p_value": self.novelty_p_value,
            "header": {
                "modality": self.header.modality,
                "body_part": self.header.body_part,
                "claimed_class": self.header.claimed_class,
                "verdict": self.header.verdict,
            },
            "with_header": self.with_header
            and self.with_header.to_json(is_refused=self.label is None),
            "frame": self.frame,
            "frames": self.frames,
            "model": {"id": self.model.id, "sha256": self.model.sha256},
            "error": None,
        }

    def _by_label(self, values: np.ndarray) -> dict[str, float]:
        return {label: float(value) for label, value in zip(self.labels, values, strict=True)}
