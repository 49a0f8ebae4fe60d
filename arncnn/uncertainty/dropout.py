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

SAMPLES = 1000
RATE = 0.45  # the paper's dropout rate
_LOWER, _UPPER = 0.025, 0.975  # a central 95% interval
_NUMBERS_AT_ONCE = 48_000  # 8 scans of six classes: 0.4 MB stay in a processor's cache


@dataclass(frozen=True, eq=False)
class HeadDropout:
    """What the samples of one scan say.

    Attributes:
        mean: float32, (classes,), the predictive mean, 0 to 1.
        std: float32, (classes,), standard deviation over the samples.
        lower: float32, (classes,), 2.5% quantile over the samples.
        upper: float32, (classes,), 97.5% quantile over the samples.
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
    """Sample the last layer under dropout for one scan; see ``head_dropouts``.

    Args:
        vector: (256,), the activations that the dropout layer receives.
        kernel: (256, classes), the last dense layer's kernel.
        bias: (classes,), its bias.
        samples: how many masks.
        rate: share of activations dropped, 0 to 1.
        seed: of the masks.
        temperature: divides the logits, as in the calibrated probabilities.
    """
    found = head_dropouts(
        vector[np.newaxis],
        kernel,
        bias,
        samples=samples,
        rate=rate,
        seed=seed,
        temperature=temperature,
    )
    return found[0]


def head_dropouts(
    vectors: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    *,
    samples: int = SAMPLES,
    rate: float = RATE,
    seed: int = 0,
    temperature: float = 1.0,
) -> list[HeadDropout]:
    """Sample the last layer under dropout; the same arguments give the same numbers.

    Inverted dropout: kept activations are divided by ``1 - rate``, so that the mean of a
    logit over the samples is the logit without dropout.

    Args:
        vectors: (n, 256), the activations that the dropout layer receives, of n scans.
        kernel: (256, classes), the last dense layer's kernel.
        bias: (classes,), its bias.
        samples: how many masks.
        rate: share of activations dropped, 0 to 1.
        seed: of the masks; they are the same for every scan, so that two readings differ
            only in what the scans differ in.
        temperature: divides the logits, as in the calibrated probabilities.
    """
    at_once = max(1, _NUMBERS_AT_ONCE // (samples * len(bias)))
    found: list[HeadDropout] = []
    for start in range(0, len(vectors), at_once):
        part = vectors[start : start + at_once]
        logits = _logits(part, kernel, bias, samples=samples, rate=rate, seed=seed)
        found += _summaries(logits, temperature)
    return found


def _summaries(logits: np.ndarray, temperature: float) -> list[HeadDropout]:
    """What the samples of each scan say; logits are (n, classes, samples)."""
    scaled = logits.astype(np.float64)  # near-certain probabilities keep their digits
    scaled /= temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    probabilities = np.exp(scaled)
    total = probabilities.sum(axis=1, keepdims=True)
    probabilities /= total
    scaled *= probabilities
    each = np.log(total[:, 0]) - scaled.sum(axis=1)  # entropy of each sample, nats
    mean = probabilities.mean(axis=2)
    apart = np.subtract(probabilities, mean[:, :, np.newaxis], out=scaled)
    std = np.sqrt(np.einsum("ncs,ncs->nc", apart, apart) / apart.shape[2])
    information = np.maximum(entropy(mean) - each.mean(axis=1), 0.0)  # rounding alone goes below
    probabilities.sort(axis=2)  # quicker than a partition where numpy sorts in vectors
    lower, upper = (_quantile(probabilities, share) for share in (_LOWER, _UPPER))
    numbers = np.stack([mean, std, lower, upper], axis=1).astype(np.float32)
    return [
        HeadDropout(
            mean=numbers[row, 0],
            std=numbers[row, 1],
            lower=numbers[row, 2],
            upper=numbers[row, 3],
            mutual_information=float(value),
        )
        for row, value in enumerate(information)
    ]


def _quantile(ordered: np.ndarray, share: float) -> np.ndarray:
    """As ``np.quantile`` has it, of what is in order along the last axis."""
    place = share * (ordered.shape[-1] - 1)
    below = int(place)
    above = min(below + 1, ordered.shape[-1] - 1)
    part = place - below
    between: np.ndarray = ordered[..., below] * (1 - part) + ordered[..., above] * part
    return between


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
    logits = _logits(vector[np.newaxis], kernel, bias, samples=samples, rate=rate, seed=seed)
    return logits[0].T


def _logits(
    vectors: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    *,
    samples: int,
    rate: float,
    seed: int,
) -> np.ndarray:
    """The logits of every scan and sample in one product: float32, (n, classes, samples)."""
    n, units = vectors.shape
    kernels = kernel.T[np.newaxis] * (vectors / (1.0 - rate))[:, np.newaxis]  # (n, classes, 256)
    masks = _masks(samples, units, rate, seed)
    with one_thread():
        drawn = kernels.reshape(-1, units).astype(np.float32) @ masks.T
    return drawn.reshape(n, len(bias), samples) + bias[:, np.newaxis]


@lru_cache(maxsize=4)
def _masks(samples: int, units: int, rate: float, seed: int) -> np.ndarray:
    """Zeros and ones, float32, (samples, units): 1 MB for 1,000 by 256."""
    masks = np.random.default_rng(seed).random((samples, units), dtype=np.float32) >= rate
    masks = masks.astype(np.float32)
    masks.flags.writeable = False
    return masks
