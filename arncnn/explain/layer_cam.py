"""LayerCAM (Jiang et al. 2021, equations 5 and 6): activation times positive gradient."""

import numpy as np

from arncnn.explain.base import HeadPass, Method


def compute(head_pass: HeadPass) -> np.ndarray:
    """ReLU of activation times positive gradient; float32, (classes, rows, columns)."""
    positive = head_pass.positive_gradients  # (classes, cells, channels)
    by_cell = np.einsum("kpc,pc->pk", positive, head_pass.cells)
    return head_pass.as_maps(np.maximum(by_cell, 0.0))


LAYER_CAM = Method(
    name="layer_cam",
    title="LayerCAM",
    unit="logit",
    is_signed=False,
    is_complete=False,
    meaning="Activation times gradient at every place, positive gradients only.",
    source="Jiang et al. 2021, LayerCAM, equations 5 and 6",
    compute=compute,
)
