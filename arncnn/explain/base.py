"""Method and Maps: what every explanation of the last conv map is, and their shared pass.

One image's conv map goes through the head once; what the methods need is computed on
first use and shared, for all classes together.

With a the flattened conv map, p a cell, u = a @ kernel_1 and g the activation:

* ``contributions`` C[p, j] = sum over the channels of a[p, c] * kernel_1[p, c, j], so that
  u = C.sum(axis=0). Weighing C is all that a map in "sum over channels of activation times
  slope" form needs: HiResCAM weighs it by g'(z) * kernel_2 and the integrated evidence by
  the average of g' on the way from zero. No 8000 x classes gradient is ever made for them.
* ``gradients`` d logit / d a, made only for the methods that look at single features.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from arncnn.errors import ModelError
from arncnn.network.head import Head

if TYPE_CHECKING:
    from arncnn.network.forward import Features

_TINY_STEP = 1e-5  # below it the secant is replaced by the slope at the middle (error < 1e-11)


@dataclass(frozen=True, eq=False)
class Maps:
    """One method's maps of one image, a map a class.

    Attributes:
        method: the method's name in ``METHODS``.
        maps: float32, (classes, rows, columns); signed, or at least 0.
        unit: "logit" or "arbitrary units".
        is_signed: whether cells may speak against the class.
        difference: float64, (classes,): logit of the image minus logit of the zero feature
            map, which the cells of a complete method sum to; None for the others.
        reference: the magnitude that a strong map of this model reaches, in ``unit`` (see
            ``reference_scales``); None when it is not known.
    """

    method: str
    maps: np.ndarray
    unit: str
    is_signed: bool
    difference: np.ndarray | None = None
    reference: float | None = None

    @property
    def residual(self) -> np.ndarray | None:
        """Sum of the cells minus ``difference``, float64, (classes,); None without that."""
        sums = self.maps.sum(axis=(1, 2), dtype=np.float64)
        return None if self.difference is None else sums - self.difference

    @property
    def largest(self) -> float:
        """Largest magnitude in this image, over all classes."""
        return float(np.abs(self.maps).max())

    @property
    def scale(self) -> float:
        """The magnitude drawn in full colour, one for all classes.

        The reference, so that a weak map looks weak; only without one the image's largest.
        """
        return self.largest if self.reference is None else self.reference


@dataclass(frozen=True, eq=False)
class HeadPass:
    """One conv map on its way through the head.

    Attributes:
        head: the head.
        conv_map: float32, (rows, columns, channels).
        before: float32, (hidden,), the hidden units before their activation, where the network
            gave them; else they are worked out from the map.
    """

    head: Head
    conv_map: np.ndarray
    before: np.ndarray | None = field(default=None, kw_only=True)

    @classmethod
    def of(cls, head: Head, features: "Features") -> Self:
        """From what a pass has left behind of one image."""
        return cls(head, features.conv_map, before=features.before)

    def __post_init__(self) -> None:
        features, expected = self.conv_map.size, self.head.kernel_1.shape[0]
        if self.conv_map.ndim != 3 or features != expected:
            raise ModelError(
                f"The head expects a (rows, columns, channels) map of {expected} features; "
                f"this one has the shape {self.conv_map.shape}."
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """(classes, rows, columns), the shape of a method's maps."""
        return self.head.classes, self.conv_map.shape[0], self.conv_map.shape[1]

    @cached_property
    def cells(self) -> np.ndarray:
        """The conv map as float32, (cells, channels)."""
        return self.conv_map.reshape(-1, self.conv_map.shape[2]).astype(np.float32, copy=False)

    @cached_property
    def contributions(self) -> np.ndarray:
        """What every cell adds to every hidden unit, float64, (cells, hidden)."""
        count, channels = self.cells.shape
        kernel = self.head.kernel_1.reshape(count, channels, -1)
        return np.matmul(self.cells[:, None, :], kernel)[:, 0, :].astype(np.float64)

    @cached_property
    def step(self) -> np.ndarray:
        """u: how far the image moves every hidden unit from its bias, float64, (hidden,)."""
        return self.contributions.sum(axis=0)

    @cached_property
    def logits(self) -> np.ndarray:
        """float64, (classes,)."""
        hidden = self.head.function.value(self.step + self.head.bias_1)
        return hidden @ self.head.kernel_2.astype(np.float64) + self.head.bias_2

    @property
    def baseline(self) -> np.ndarray:
        """Logits of the zero feature map, float64, (classes,)."""
        return self.head.baseline_logits

    @cached_property
    def local_slopes(self) -> np.ndarray:
        """Of every logit by the hidden layer's input, float64, (hidden, classes)."""
        before = self.step + self.head.bias_1 if self.before is None else self.before
        slope = self.head.function.derivative(before.astype(np.float64, copy=False))
        return slope[:, None] * self.head.kernel_2

    @cached_property
    def path_slopes(self) -> np.ndarray:
        """The slopes averaged over the straight path from zero, float64, (hidden, classes)."""
        slope = average_slope(self.head, self.step)
        return slope[:, None] * self.head.kernel_2

    @cached_property
    def gradients(self) -> np.ndarray:
        """Of every logit by the conv map, float32, (classes, cells, channels)."""
        slopes = self.local_slopes.astype(np.float32).T
        # One product a class: BLAS takes up to ten times as long for the 8000 x 256 by 256 x 6.
        flat = np.stack([self.head.kernel_1 @ slope for slope in np.ascontiguousarray(slopes)])
        return flat.reshape(-1, *self.cells.shape)

    @cached_property
    def positive_gradients(self) -> np.ndarray:
        """The gradients with what is below 0 set to 0, float32, (classes, cells, channels)."""
        return np.maximum(self.gradients, 0.0)

    @cached_property
    def mean_gradients(self) -> np.ndarray:
        """The gradients averaged over the cells, float32, (channels, classes)."""
        kernel = self.head.mean_kernel(len(self.cells))
        return kernel @ self.local_slopes.astype(np.float32)

    def as_maps(self, by_cell: np.ndarray) -> np.ndarray:
        """(cells, classes) as float32, (classes, rows, columns)."""
        return np.ascontiguousarray(by_cell.T, np.float32).reshape(self.shape)


def average_slope(head: Head, step: np.ndarray) -> np.ndarray:
    """Mean derivative of the activation over bias + t * step, t from 0 to 1, in closed form.

    The mean of a derivative over an interval is the secant's slope,
    (g(b + u) - g(b)) / u. Where u is too small to divide by, the derivative at the
    middle of the interval takes its place.

    Args:
        head: gives the bias b and the activation g.
        step: u, float64, (hidden,).

    Returns:
        float64, (hidden,).
    """
    bias = head.bias_1.astype(np.float64)
    g = head.function
    is_tiny = np.abs(step) < _TINY_STEP
    secant = (g.value(bias + step) - g.value(bias)) / np.where(is_tiny, 1.0, step)
    return np.where(is_tiny, g.derivative(bias + 0.5 * step), secant)


@dataclass(frozen=True)
class Method:
    """An explanation of the last conv map.

    Attributes:
        name: its key in ``METHODS``.
        title: what a person reads.
        unit: of a cell: "logit" or "arbitrary units".
        is_signed: whether cells may speak against the class.
        is_complete: whether the cells sum to the logit difference from the zero map.
        meaning: one sentence for the person who looks at the map.
        source: the paper.
        compute: from the shared pass to float32, (classes, rows, columns).
    """

    name: str
    title: str
    unit: str
    is_signed: bool
    is_complete: bool
    meaning: str
    source: str
    compute: Callable[[HeadPass], np.ndarray]

    def explain(self, head_pass: HeadPass, reference: float | None = None) -> Maps:
        """The maps of all classes from the shared pass.

        Args:
            head_pass: of the image.
            reference: the model's scale for this method, when it is known.
        """
        maps = self.compute(head_pass)
        difference = None
        if self.is_complete:
            difference = head_pass.logits - head_pass.baseline
        return Maps(self.name, maps, self.unit, self.is_signed, difference, reference)

    def maps(self, head: Head, conv_map: np.ndarray) -> np.ndarray:
        """The maps of all classes of one image.

        Args:
            head: the head.
            conv_map: float32, (rows, columns, channels).

        Returns:
            float32, (classes, rows, columns).
        """
        return self.compute(HeadPass(head, conv_map))
