"""A reading made up for tests of what is written about readings; no network is asked."""

from dataclasses import replace
from typing import Any

import numpy as np

from arncnn.inference.reading import Reading, Uncertainty
from arncnn.intake.header import HeaderCheck
from arncnn.labels import MEDICAL_MNIST
from arncnn.models.metadata import ModelIdentity
from arncnn.network.forward import Features
from arncnn.preprocess import ModelInput

LABELS = tuple(MEDICAL_MNIST)


def build(**changes: Any) -> Reading:
    """An accepted reading of a hand, with the named attributes changed."""
    probabilities = np.array([0.01, 0.02, 0.03, 0.04, 0.88, 0.02], np.float32)
    found = Reading(
        labels=LABELS,
        logits=np.log(probabilities),
        probabilities=probabilities,
        label="Hand",
        pixel_label="Hand",
        verdict="accept",
        reasons=("The pixels show one of the six kinds of scan.",),
        unsuitable=(),
        uncertainty=Uncertainty(
            maximum_probability=0.88,
            normalized_probability=0.88,
            entropy=0.5312,
            mutual_information=0.0123,
            dropout_mean=probabilities,
            dropout_std=probabilities / 10,
            dropout_lower=probabilities / 2,
            dropout_upper=np.minimum(1, probabilities * 2),
        ),
        prediction_set=("Hand",),
        novelty_p_value=0.4321,
        header=HeaderCheck("DX", "HAND", "Hand", "agree", "The header says the same."),
        features=Features(np.log(probabilities), np.zeros(256, "f4"), np.zeros((8, 8, 125)), {}),
        model_input=ModelInput(np.zeros((1, 64, 64, 1), np.float32), ("as shown",)),
        view=0,
        per_view_probabilities=probabilities[None],
        model=ModelIdentity("robust-0123456789ab", "ab" * 32),
        sha256="cd" * 32,
        frame=0,
        frames=1,
        kind="png",
    )
    return replace(found, **changes)


def refused(**changes: Any) -> Reading:
    """A reading that was refused: it has no class."""
    reasons = ("It is unlike anything that the model has learnt.",)
    return build(label=None, verdict="refuse", reasons=reasons, prediction_set=(), **changes)
