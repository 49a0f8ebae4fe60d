"""Integrated evidence: integrated gradients through the head, from the zero feature map.

Integrated gradients (Sundararajan et al. 2017, equation 1) of a logit with respect to the
last conv map, along the straight path from zero. Because the head has one hidden layer, the
integral has a closed form: the slope of every hidden unit averaged over the path is its
secant. Summed over channels, the cells add up to logit(image) - logit(zero map): the map is
the answer, taken apart by place.
"""

import numpy as np

from arncnn.explain.base import HeadPass, Method


def compute(head_pass: HeadPass) -> np.ndarray:
    """Evidence of every cell for every class, in logits; float32, (classes, rows, columns)."""
    return head_pass.as_maps(head_pass.contributions @ head_pass.path_slopes)


INTEGRATED = Method(
    name="integrated",
    title="Integrated evidence",
    unit="logit",
    is_signed=True,
    is_complete=True,
    meaning="What every place adds to or takes from the answer. The cells sum to the logit "
    "of the class, relative to an empty feature map.",
    source="Sundararajan et al. 2017, Axiomatic Attribution for Deep Networks, equation 1",
    compute=compute,
)
