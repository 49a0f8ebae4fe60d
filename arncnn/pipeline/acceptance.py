"""acceptance: from which probability on an answer may go without a person's look."""

from dataclasses import replace

import numpy as np

from arncnn.inference.batched import Passed
from arncnn.uncertainty import risk_control, temperature
from arncnn.uncertainty.conformal import Conformal
from arncnn.uncertainty.novelty import Novelty
from arncnn.uncertainty.verdict import Thresholds, weigh


def with_probability(
    limits: Thresholds,
    shown: Passed,
    targets: np.ndarray,
    divisor: float,
    sets: Conformal,
    guard: Novelty,
) -> Thresholds:
    """With the probability that an answer needs, by all calibration images randomised.

    Untouched images are too easy to learn it from. And only those count that nothing else speaks
    against: the risk that is promised is that of what is accepted, and what novelty or the
    prediction set holds back never is.

    Args:
        limits: the other thresholds.
        shown: what the network made of the images.
        targets: int64, (n,), what each shows.
        divisor: the temperature.
        sets: that the model promises.
        guard: its novelty.
    """
    predicted = shown.logits.argmax(axis=1)
    probability = temperature.softmax(shown.logits, divisor).max(axis=1)
    others = weigh(
        predicted,
        probability,
        novelty_p_value=guard.p_values(shown.features, predicted),
        in_set=sets.sets(shown.logits),
        thresholds=replace(limits, probability_review=0.0),
    )
    asked, right = others.is_accepted, predicted == targets
    needed = risk_control.threshold(probability[asked], right[asked])
    return replace(limits, probability_review=needed)
