"""Occlusion (Zeiler and Fergus 2014, section 4.2): cover a patch, see what the logit loses."""

import numpy as np

from arncnn.explain.base import Maps
from arncnn.explain.probe import BATCH, Predict
from arncnn.progress import Progress

PATCH, STRIDE = 16, 4  # pixels: a quarter of the width, moved by half a cell of the conv map


def occlusion(
    predict: Predict,
    image: np.ndarray,
    *,
    patch: int = PATCH,
    stride: int = STRIDE,
    fill: float | None = None,
    progress: Progress | None = None,
) -> Maps:
    """What covering each place takes from every class.

    Patches also hang over the edges, so that corner pixels are covered as often as others.

    Args:
        predict: float32 images (n, height, width, 1) to logits (n, classes).
        image: float32, (height, width, 1), 0 to 1.
        patch: side of the patch, pixels.
        stride: pixels between patches.
        fill: grey of the patch; None takes the image's mean.
        progress: told how many patches are done.

    Returns:
        float32 maps, (classes, height, width), in logits: for each pixel the mean drop of the
        logit over the patches that covered it. Below 0: covering it helped the class.
    """
    height, width = image.shape[:2]
    grey = float(image.mean()) if fill is None else fill
    corners = [
        (row, column)
        for row in range(stride - patch, height, stride)
        for column in range(stride - patch, width, stride)
    ]
    before = predict(image[None])[0].astype(np.float64)
    drops = np.zeros((len(before), height, width))
    covered = np.zeros((height, width))
    for start in range(0, len(corners), BATCH):
        part = corners[start : start + BATCH]
        images = np.repeat(image[None], len(part), axis=0)
        windows = [_window(row, column, patch) for row, column in part]
        for covered_image, window in zip(images, windows, strict=True):
            covered_image[window] = grey
        for logits, window in zip(predict(images), windows, strict=True):
            drops[(slice(None), *window)] += (before - logits)[:, None, None]
            covered[window] += 1
        if progress is not None:
            progress("occlusion", start + len(part), len(corners))
    spread = float(before.max() - before.min())  # losing it all is what full colour stands for
    values = (drops / covered).astype(np.float32)
    return Maps("occlusion", values, "logit", True, reference=spread or None)


def _window(row: int, column: int, patch: int) -> tuple[slice, slice]:
    return (
        slice(max(row, 0), row + patch),
        slice(max(column, 0), column + patch),
    )
