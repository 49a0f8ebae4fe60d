"""HiResCAM (Draelos and Carin 2020, equation 3): activation times gradient, summed over channels.

Signed, as in the paper's definition; a ReLU would hide what speaks against the class.
"""

import numpy as np

from arncnn.explain.base import HeadPass, Method


def compute(head_pass: HeadPass) -> np.ndarray:
    """Activation times gradient; float32, (classes, rows, columns)."""
    return head_pass.as_maps(head_pass.contributions @ head_pass.local_slopes)


HIRES_CAM = Method(
    name="hires_cam",
    title="HiResCAM",
    unit="logit",
    is_signed=True,
    is_complete=False,
    meaning="Activation times gradient at every place: what a small change there would do.",
    source="Draelos and Carin 2020, Use HiResCAM instead of Grad-CAM, equation 3",
    compute=compute,
)
