"""Monte Carlo dropout through the head alone (Gal and Ghahramani 2016).

ARN-CNN has one dropout layer, on the 256 activations before the last dense layer. So a
thousand stochastic passes need the convolutions once and then a single matrix product.
What comes out speaks of the head's uncertainty only: the convolutional layers have no
dropout and count as certain here. It is no measure of whether the scan is one the model
knows; ``novelty`` is.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from arncnn.uncertainty.one_thread import one_thread
from arncnn.uncertainty.paper import entropy
from arncnn.uncertainty.temperature import softmax

SAMPLES = 1000
RATE = 0.45  # the paper's dropout rate
_LOWER, _UPPER = 0.025, 0.975  # a central 95 % interval


@dataclass(frozen=True, eq=False)
class HeadDropout:
    """What the samples of one scan say.

    Attributes:
        mean: float32, (classes,), the predictive mean, 0 to 1.
        std: float32, (classes,), standard deviation over the samples.
        lower: float32, (classes,), 2.5 % quantile over the samples.
        upper: float32, (classes,), 97.5 % quantile over the samples.
        mutual_information: entropy of the mean less mean entropy of the samples, nats, never
            negative (BALD; Houlsby 2011).
    """

    mean: np.ndarray
    std: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    mutual_information: float


def head_dropout(
    vector: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    *,
    samples: int = SAMPLES,
    rate: float = RATE,
    seed: int = 0,
    temperature: float = 1.0,
) -> HeadDropout:
    """Sample the last layer under dropout; the same arguments give the same numbers.

    Inverted dropout: kept activations are divided by ``1 - rate``, so that the mean of a
    logit over the samples is the logit without dropout.

    Args:
        vector: (256,), the activations that the dropout layer receives.
        kernel: (256, classes), the last dense layer's kernel.
        bias: (classes,), its bias.
        samples: how many masks.
        rate: share of activations dropped, 0 to 1.
        seed: of the masks; they are the same for every scan, so that two readings differ
            only in what the scans differ in.
        temperature: divides the logits, as in the calibrated probabilities.
    """
    probabilities = softmax(
        sample_logits(vector, kernel, bias, samples=samples, rate=rate, seed=seed), temperature
    )
    mean = probabilities.mean(axis=0)
    information = float(entropy(mean) - entropy(probabilities).mean())
    lower, upper = np.quantile(probabilities, (_LOWER, _UPPER), axis=0)
    return HeadDropout(
        mean=mean.astype(np.float32),
        std=probabilities.std(axis=0).astype(np.float32),
        lower=lower.astype(np.float32),
        upper=upper.astype(np.float32),
        mutual_information=max(information, 0.0),  # rounding alone goes below 0
    )


def sample_logits(
    vector: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    *,
    samples: int = SAMPLES,
    rate: float = RATE,
    seed: int = 0,
) -> np.ndarray:
    """The logits of every sample.

    Returns:
        float32, (samples, classes).
    """
    scaled_kernel = kernel * (vector / (1.0 - rate))[:, np.newaxis]  # (256, classes)
    masks = _masks(samples, vector.shape[0], rate, seed)
    with one_thread():
        return masks @ scaled_kernel.astype(np.float32) + bias


@lru_cache(maxsize=4)
def _masks(samples: int, units: int, rate: float, seed: int) -> np.ndarray:
    """Zeros and ones, float32, (samples, units): 1 MB for 1,000 by 256."""
    masks = np.random.default_rng(seed).random((samples, units), dtype=np.float32) >= rate
    masks = masks.astype(np.float32)
    masks.flags.writeable = False
    return masks
