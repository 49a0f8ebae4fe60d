"""Known: the network's own answer to "is this one of the classes at all?", as a novelty score.

Trained with auxiliary outliers beside the classes (Hendrycks et al. 2019), as an output of its own
so that the softmax keeps its conviction; see ``arncnn.network.known``. It joins the scores that
known scans alone define, and is calibrated with them.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from arncnn.uncertainty.novelty_scores import FeatureSet, Shapes


@dataclass(frozen=True, eq=False)
class Known:
    """Minus the logit of being known.

    Attributes:
        of_mean: float32, (channels, hidden), kernel rows for the pooled map.
        of_peak: float32, (channels, hidden), for its maximum.
        of_vector: float32, (vector, hidden), for the 256-vector.
        bias: float32, (hidden,).
        kernel: float32, (hidden, one), to the logit.
        offset: float32, (one,).
    """

    name: ClassVar[str] = "known"
    shapes: ClassVar[Shapes] = {
        "of_mean": ("channels", "hidden"),
        "of_peak": ("channels", "hidden"),
        "of_vector": ("vector", "hidden"),
        "bias": ("hidden",),
        "kernel": ("hidden", "one"),
        "offset": ("one",),
    }

    of_mean: np.ndarray
    of_peak: np.ndarray
    of_vector: np.ndarray
    bias: np.ndarray
    kernel: np.ndarray
    offset: np.ndarray

    @classmethod
    def of(
        cls,
        kernel_1: np.ndarray,
        bias_1: np.ndarray,
        kernel_2: np.ndarray,
        bias_2: np.ndarray,
        channels: int,
    ) -> Self:
        """From the arrays of the trained output.

        Args:
            kernel_1: (2 * channels + vector, hidden), rows in the order mean, maximum, vector.
            bias_1: (hidden,).
            kernel_2: (hidden, 1).
            bias_2: (1,).
            channels: of the last conv map.
        """
        rows = np.split(np.asarray(kernel_1, np.float32), [channels, 2 * channels])
        rest = (np.asarray(part, np.float32) for part in (bias_1, kernel_2, bias_2))
        return cls(*rows, *rest)

    def values(self, features: FeatureSet) -> np.ndarray:
        """Minus the logit: float32, (n,), high for what is not known."""
        hidden = (
            features.pooled @ self.of_mean
            + features.peaks @ self.of_peak
            + features.vectors @ self.of_vector
            + self.bias
        )
        return -(np.maximum(hidden, 0.0) @ self.kernel + self.offset)[:, 0]
