"""The input contract: how any picture becomes the 64 x 64 the network sees, everywhere.

Training, evaluation and serving all pass through ``normalize``. A 64 x 64 image of
the data set is normalised as it is; a Scan is first resized by area, and a CT with
Hounsfield units is rendered through several windows, one view each.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from arncnn.intake.refusals import refuse
from arncnn.intake.scan import Scan, Window
from arncnn.network.hyper_parameters import INPUT_SIZE

LOW_PERCENTILE, HIGH_PERCENTILE = 1.0, 99.0  # robust to a few hot or dead pixels
_MINIMUM_RANGE = 1e-6  # below it a picture is flat and becomes all zero

# The renderings Medical MNIST itself uses. Windows it never shows (lung, whole range) were
# tried and vote for the wrong class: no training image has air darker than soft tissue.
CT_WINDOWS = (
    Window("soft tissue", 40.0, 400.0),  # -160 to 240 HU, the usual abdomen window
    Window("bone and contrast", 500.0, 1000.0),  # 0 to 1000 HU, how Medical MNIST shows chests
)
AS_SHOWN = "as shown"  # the one view of a picture without Hounsfield units


@dataclass(frozen=True, eq=False)
class ModelInput:
    """What the network sees of one scan.

    Attributes:
        images: float32, (views, 64, 64, 1), 0 to 1.
        views: the name of each view.
    """

    images: np.ndarray
    views: tuple[str, ...]


def contract() -> dict[str, Any]:
    """The contract as data; stored with every model and compared before one is used."""
    return {
        "version": 1,
        "size": INPUT_SIZE,
        "resize": "area, aspect not kept",
        "percentiles": [LOW_PERCENTILE, HIGH_PERCENTILE],
        "ct_windows": [[w.name, w.center, w.width] for w in CT_WINDOWS],
    }


def normalize(images: np.ndarray) -> np.ndarray:
    """Stretch every image between its own low and high percentile.

    Args:
        images: (n, 64, 64), any real dtype and range.

    Returns:
        float32, (n, 64, 64, 1), 0 to 1; a flat image becomes all zero.
    """
    values = images.reshape(len(images), -1).astype(np.float32)
    last = values.shape[1] - 1
    ranks = [round(last * LOW_PERCENTILE / 100), round(last * HIGH_PERCENTILE / 100)]
    ordered = np.partition(values, ranks, axis=1)
    low, high = ordered[:, ranks[0], None], ordered[:, ranks[1], None]
    spread = high - low
    stretched = (values - low) / np.maximum(spread, _MINIMUM_RANGE)
    stretched[spread[:, 0] < _MINIMUM_RANGE] = 0.0
    return np.clip(stretched, 0.0, 1.0).reshape(len(images), INPUT_SIZE, INPUT_SIZE, 1)


def apply_window(pixels: np.ndarray, window: Window) -> np.ndarray:
    """Render values through a display window, by its own function.

    Args:
        pixels: float32, (height, width), in the window's units.
        window: centre and width.

    Returns:
        float32, (height, width), 0 to 1.
    """
    return window.apply(pixels)


def resize(pixels: np.ndarray) -> np.ndarray:
    """Resize to 64 x 64: by area when shrinking (anti-aliased), linearly when growing.

    Args:
        pixels: float32, (height, width).

    Returns:
        float32, (64, 64), in the range of the input.
    """
    grows = min(pixels.shape) < INPUT_SIZE
    method = cv2.INTER_LINEAR if grows else cv2.INTER_AREA
    return cv2.resize(pixels.astype(np.float32), (INPUT_SIZE, INPUT_SIZE), interpolation=method)


def model_input(scan: Scan) -> ModelInput:
    """The view or views of a scan that the network reads, as one batch.

    Args:
        scan: any scan.

    Returns:
        One view for a picture without Hounsfield units, one a window for a CT with them.

    Raises:
        IntakeError: "no_values" where the pixels reach too far to be told apart.
    """
    if scan.is_hounsfield:
        rendered = [resize(apply_window(scan.pixels, window)) for window in CT_WINDOWS]
        views = tuple(window.name for window in CT_WINDOWS)
    else:
        shown = apply_window(scan.pixels, scan.windows[0]) if scan.windows else scan.pixels
        rendered, views = [resize(shown)], (AS_SHOWN,)
    with np.errstate(over="ignore", invalid="ignore"):
        images = normalize(np.stack(rendered))
    if not np.isfinite(images).all():
        raise refuse("no_values")
    return ModelInput(images, views)
