"""Explanations of a reading: maps that say where the evidence is, and how far to trust them."""

from collections.abc import Mapping

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

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "HeadPass",
    "Maps",
    "Method",
    "explain_all",
    "reference_scales",
]


def explain_all(
    head: Head, conv_map: np.ndarray, scales: Mapping[str, float] | None = None
) -> dict[str, Maps]:
    """Every method's maps of all classes, from one shared pass through the head.

    Args:
        head: the head.
        conv_map: float32, (rows, columns, channels), the image's last conv map.
        scales: the model's reference scales by method name, as ``reference_scales`` gives.

    Returns:
        By method name, in the order of ``METHODS``.
    """
    head_pass = HeadPass(head, conv_map)
    known = scales or {}
    return {
        name: method.explain(head_pass, known.get(name) or None)  # 0: no image reached anything
        for name, method in METHODS.items()
    }


def reference_scales(head: Head, conv_maps: np.ndarray) -> dict[str, float]:
    """The colour scale of every method for one model: what a usual map reaches.

    A map is drawn on this scale whatever its own strength, so that an image without evidence
    looks like one. Stronger cells than this share the full colour.

    Args:
        head: the model's head.
        conv_maps: float32, (n, rows, columns, channels), of images the model knows.

    Returns:
        By method name, the median over the images of the largest magnitude over all classes.
    """
    largest: dict[str, list[float]] = {name: [] for name in METHODS}
    for conv_map in conv_maps:
        for name, maps in explain_all(head, conv_map).items():
            largest[name].append(maps.largest)
    return {name: float(np.median(values)) for name, values in largest.items()}
