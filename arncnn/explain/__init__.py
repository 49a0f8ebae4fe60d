"""Explanations of a reading: maps that say where the evidence is, and how far to trust them."""

import numpy as np

from arncnn.explain.base import HeadPass, Maps, Method
from arncnn.explain.grad_cam import GRAD_CAM
from arncnn.explain.grad_cam_pp import GRAD_CAM_PP
from arncnn.explain.hires_cam import HIRES_CAM
from arncnn.explain.integrated import INTEGRATED
from arncnn.explain.layer_cam import LAYER_CAM
from arncnn.network.head import Head

METHODS: dict[str, Method] = {
    method.name: method for method in (INTEGRATED, HIRES_CAM, GRAD_CAM, GRAD_CAM_PP, LAYER_CAM)
}
DEFAULT_METHOD = INTEGRATED.name

__all__ = ["DEFAULT_METHOD", "METHODS", "HeadPass", "Maps", "Method", "explain_all"]


def explain_all(head: Head, conv_map: np.ndarray) -> dict[str, Maps]:
    """Every method's maps of all classes, from one shared pass through the head.

    Args:
        head: the head.
        conv_map: float32, (rows, columns, channels), the image's last conv map.

    Returns:
        By method name, in the order of ``METHODS``.
    """
    head_pass = HeadPass(head, conv_map)
    return {name: method.explain(head_pass) for name, method in METHODS.items()}
