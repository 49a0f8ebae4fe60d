"""Temperature scaling (Guo et al. 2017): one number that makes probabilities honest.

Logits are divided by a temperature before the softmax. It is fitted on a calibration
fold that training never saw nor watched. It never changes which class comes first.
"""

import numpy as np

from arncnn.errors import DataError

_BOUNDS = (0.05, 20.0)  # wider than any network needs; a fit at a bound is a sign of trouble


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities, computed in float64 so that near-certain ones keep their digits.

    Args:
        logits: (..., classes).
        temperature: over 0.

    Returns:
        float64, (..., classes), 0 to 1, rows sum to 1.

    >>> softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    scaled = np.asarray(logits, np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    probabilities: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities


def negative_log_likelihood(
    logits: np.ndarray, targets: np.ndarray, temperature: float = 1.0
) -> float:
    """Mean negative log probability of the true class, nats.

    Args:
        logits: (n, classes).
        targets: int, (n,), the true columns.
        temperature: over 0.
    """
    from scipy import special

    logs = special.log_softmax(np.asarray(logits, np.float64) / temperature, axis=1)
    return float(-np.mean(logs[np.arange(len(targets)), targets]))


def fit(logits: np.ndarray, targets: np.ndarray) -> float:
    """The temperature with the smallest negative log likelihood: over 1 softens, under 1 sharpens.

    Where the network makes no error on the calibration images the likelihood grows
    without bound as the temperature goes to 0; those images then say nothing about how
    far to sharpen, and the temperature stays 1.

    Args:
        logits: (n, classes).
        targets: int, (n,), the true columns.

    Raises:
        DataError: no calibration image, or logits and targets do not fit.
    """
    logits, targets = np.asarray(logits), np.asarray(targets)
    if logits.ndim != 2 or len(logits) != len(targets) or len(targets) == 0:
        raise DataError(
            "Calibration needs one row of logits for each calibration image, and at least one "
            f"image; got logits of shape {logits.shape} and {len(targets)} targets."
        )
    if (np.argmax(logits, axis=1) == targets).all():
        return 1.0

    from scipy.optimize import minimize_scalar  # slow to import: only where used

    # The likelihood is convex in 1/T, so it has one minimum in log T as well.
    found = minimize_scalar(
        lambda log_t: negative_log_likelihood(logits, targets, float(np.exp(log_t))),
        bounds=tuple(np.log(_BOUNDS)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))
