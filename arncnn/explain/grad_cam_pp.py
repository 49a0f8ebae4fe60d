"""Grad-CAM++ (Chattopadhay et al. 2018, equations 5, 7 and 19).

Equation 19 under the exponential score, whose higher derivatives are powers of the first.
Its weights mix powers of the gradient, so the map has no unit.
"""

import numpy as np

from arncnn.explain.base import HeadPass, Method

_EPSILON = 1e-6  # keeps equation 19 finite; pytorch-grad-cam's value, so that maps agree


def compute(head_pass: HeadPass) -> np.ndarray:
    """ReLU of the channels weighed by equation 5; float32, (classes, rows, columns)."""
    # Negative gradients get weight 0 (equation 7): only the positive ones are raised to powers.
    positive = head_pass.positive_gradients  # (classes, cells, channels)
    squared = positive * positive
    sums = head_pass.cells.sum(axis=0)
    alpha = squared / (2.0 * squared + sums * squared * positive + _EPSILON)
    weights = np.einsum("kpc,kpc->ck", alpha, positive)
    return head_pass.as_maps(np.maximum(head_pass.cells @ weights, 0.0))


GRAD_CAM_PP = Method(
    name="grad_cam_pp",
    title="Grad-CAM++",
    unit="arbitrary units",
    is_signed=False,
    is_complete=False,
    meaning="Channels weighted by their positive gradients, each by its share.",
    source="Chattopadhay et al. 2018, Grad-CAM++, equations 5, 7 and 19",
    compute=compute,
)
