"""Grad-CAM (Selvaraju et al. 2017, equations 1 and 2): the method of the paper's Figure 9.

The gradient is averaged over the map before it weighs the channels. With a flatten and
dense head the average hides where a channel counts; HiResCAM keeps it.
"""

import numpy as np

from arncnn.explain.base import HeadPass, Method


def compute(head_pass: HeadPass) -> np.ndarray:
    """ReLU of the channels weighed by their mean gradient; float32, (classes, rows, columns)."""
    return head_pass.as_maps(np.maximum(head_pass.cells @ head_pass.mean_gradients, 0.0))


GRAD_CAM = Method(
    name="grad_cam",
    title="Grad-CAM",
    unit="logit",
    is_signed=False,
    is_complete=False,
    meaning="Channels weighted by their mean gradient, as in the paper. With this "
    "network's dense head the mean can point to the wrong place; compare the "
    "integrated evidence.",
    source="Selvaraju et al. 2017, Grad-CAM, equations 1 and 2",
    compute=compute,
)
