"""Known evidence: what speaks for and against "this scan shows one of the classes", by place.

The same methods with another target: the logit of the output "known" (``uncertainty.known``),
whose hidden layer looks at the mean and the maximum of the last conv map and at the 256-vector. So
a cell reaches it on two ways, through the 256-vector's units and past them, and ``KnownPass``
shows the methods the hidden units of both beside each other.

Between the 256-vector and the logit lies one more layer, so the average slopes of integrated
gradients have no closed form. They are put together from ``STEPS`` secants of the path from zero;
each adds exactly what the logit does between two points, so that the cells sum to its difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from arncnn.explain import METHODS
from arncnn.explain.base import HeadPass, Maps
from arncnn.explain.probe import Predict, Probe
from arncnn.explain.words import signed
from arncnn.formatting import share
from arncnn.network.head import Function, Head
from arncnn.uncertainty.known import Known
from arncnn.uncertainty.novelty import Novelty
from arncnn.uncertainty.novelty_scores import FeatureSet

if TYPE_CHECKING:
    from arncnn.network.forward import Features

STEPS = 64  # of the path; sixteen times as many move no cell of a sample by a thousandth logit


TITLE = "a known kind of scan"


@dataclass(frozen=True)
class KnownScore:
    """The logit "known" of one image, and how usual it is.

    Attributes:
        logit: of showing one of the classes; how low is too low calibration decides.
        share_below: of the calibration images, those with a lower logit, 0 to 1.
        images: how many calibration images that are.
    """

    logit: float
    share_below: float
    images: int

    @classmethod
    def of(cls, guard: Novelty, features: "Features") -> Self | None:
        """Of one image's features; None for a guard without that output.

        Args:
            guard: of the model.
            features: of a single image.
        """
        banks = zip(guard.scores, guard.first, strict=True)
        bank = next((bank for score, bank in banks if isinstance(score, Known)), None)
        if guard.known is None or bank is None:
            return None
        value = guard.known.values(FeatureSet.of(features.vector, features.conv_map))[0]
        return cls(-float(value), float(np.mean(bank > value)), len(bank))

    def sentence(self) -> str:
        """Both in words."""
        return (
            f'The logit of "known" is {signed(self.logit)} for this scan; '
            f"{share(self.share_below, 1)} of {self.images:,} calibration images have a lower one. "
            "With the other novelty scores it decides whether a scan is refused."
        )


def explain_known(
    head: Head, known: Known, conv_map: np.ndarray, scales: Mapping[str, float] | None = None
) -> dict[str, Maps]:
    """Every method's map of the logit "known", as maps of a single class.

    Args:
        head: the head.
        known: the model's score.
        conv_map: float32, (rows, columns, channels), the image's last conv map.
        scales: the model's reference scales by method name, those of its classes: a cell is in
            the same unit, so the colours say the same.

    Returns:
        By method name, in the order of ``METHODS``; each map is (1, rows, columns).
    """
    known_pass = KnownPass(head, conv_map, known)
    usual = scales or {}
    return {
        name: method.explain(known_pass, usual.get(name) or None)
        for name, method in METHODS.items()
    }


def known_logits(probe: Probe, head: Head, known: Known) -> Predict:
    """What a check on the pixels asks: images to the logit "known", float32, (n, 1)."""

    def predict(images: np.ndarray) -> np.ndarray:
        conv_maps = probe.conv_maps(images)
        return -known.values(FeatureSet.of(head.vectors(conv_maps), conv_maps))[:, None]

    return predict


@dataclass(frozen=True, eq=False)
class KnownPass(HeadPass):
    """One conv map on its way to the logit "known".

    Attributes:
        known: the score, minus that logit.
    """

    known: Known

    @property
    def shape(self) -> tuple[int, int, int]:
        """(1, rows, columns)."""
        return 1, self.conv_map.shape[0], self.conv_map.shape[1]

    @cached_property
    def contributions(self) -> np.ndarray:
        """What every cell adds to the 256-vector's units and, past them, to those of "known".

        float64, (cells, hidden + hidden of known).
        """
        cells = self.cells.astype(np.float64)
        past = cells @ self.known.of_mean / len(cells)
        past += (cells * self._peaks) @ self.known.of_peak
        return np.hstack([super().contributions, past])

    @cached_property
    def _peaks(self) -> np.ndarray:
        """Each channel's gradient of its maximum: 1 at that cell, shared by equals.

        float64, (cells, channels).
        """
        strongest = self.cells == self.cells.max(axis=0)
        return strongest / strongest.sum(axis=0)

    @property
    def _split(self) -> int:
        return len(self.head.bias_1)

    @cached_property
    def logits(self) -> np.ndarray:
        """The logit "known": float64, (1,)."""
        return self._logits_along(np.ones(1))[0]

    @cached_property
    def baseline(self) -> np.ndarray:
        """Of the zero feature map: float64, (1,)."""
        return self._logits_along(np.zeros(1))[0]

    @cached_property
    def local_slopes(self) -> np.ndarray:
        """Of the logit by both kinds of unit, float64, (hidden + hidden of known, 1)."""
        slope = self.head.function.derivative(self.step[: self._split] + self.head.bias_1)
        open_units = (self._units_along(np.ones(1))[0] > 0).astype(np.float64)
        past = open_units[:, None] * self.known.kernel
        return np.vstack([slope[:, None] * (self.known.of_vector @ past), past])

    @cached_property
    def path_slopes(self) -> np.ndarray:
        """The slopes averaged over the straight path from zero, of the same shape."""
        at = np.linspace(0.0, 1.0, STEPS + 1)
        units = self._units_along(at)
        past = _secants(_relu, _relu_derivative, units) * self.known.kernel[:, 0]
        inputs = at[:, None] * self.step[: self._split] + self.head.bias_1
        g = self.head.function
        slopes = _secants(g.value, g.derivative, inputs) * (past @ self.known.of_vector.T)
        return np.concatenate([slopes.mean(axis=0), past.mean(axis=0)])[:, None]

    @cached_property
    def gradients(self) -> np.ndarray:
        """Of the logit by the conv map, float32, (1, cells, channels)."""
        through, past = np.split(self.local_slopes[:, 0], [self._split])
        flat = self.head.kernel_1 @ through.astype(np.float32)
        everywhere = (self.known.of_mean @ past) / len(self.cells)
        found = (
            flat.reshape(self.cells.shape) + everywhere + self._peaks * (self.known.of_peak @ past)
        )
        return np.asarray(found, np.float32)[None]

    @cached_property
    def mean_gradients(self) -> np.ndarray:
        """The gradient averaged over the cells, float32, (channels, 1)."""
        return np.ascontiguousarray(self.gradients.mean(axis=1).T)

    def _units_along(self, at: np.ndarray) -> np.ndarray:
        """Input of the hidden units of "known" at shares of the path, float64, (n, hidden)."""
        through, past = np.split(self.step, [self._split])
        vectors = self.head.function.value(at[:, None] * through + self.head.bias_1)
        return at[:, None] * past + vectors @ self.known.of_vector + self.known.bias

    def _logits_along(self, at: np.ndarray) -> np.ndarray:
        """The logit at shares of the path, float64, (n, 1)."""
        return _relu(self._units_along(at)) @ self.known.kernel + self.known.offset


def _secants(value: Function, derivative: Function, at: np.ndarray) -> np.ndarray:
    """Slopes between neighbouring rows; the derivative where they are too near to divide by."""
    before, after = at[:-1], at[1:]
    is_tiny = np.abs(after - before) < 1e-7
    step = np.where(is_tiny, 1.0, after - before)
    secant = (value(after) - value(before)) / step
    return np.where(is_tiny, derivative((before + after) / 2), secant)


def _relu(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 0.0)


def _relu_derivative(values: np.ndarray) -> np.ndarray:
    return (values > 0).astype(np.float64)
