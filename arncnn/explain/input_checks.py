"""Input checks: the methods that ask the whole network again and again, on demand."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from arncnn.explain.agreement import pool
from arncnn.explain.base import Maps
from arncnn.explain.occlusion import occlusion
from arncnn.explain.pixel_integrated_gradients import pixel_integrated_gradients
from arncnn.explain.probe import Probe
from arncnn.explain.rise import rise
from arncnn.progress import Progress


@dataclass(frozen=True)
class InputCheck:
    """An explanation made from the pixels instead of the last conv map.

    Attributes:
        name: its key in ``INPUT_CHECKS``.
        title: what a person reads.
        meaning: one sentence for the person who looks at the map.
        source: the paper.
        compute: from a probe of the network, an image (float32, (64, 64, 1), 0 to 1) and a
            progress callback to maps of all classes at the resolution of the image.
    """

    name: str
    title: str
    meaning: str
    source: str
    compute: Callable[[Probe, np.ndarray, Progress | None], Maps]


INPUT_CHECKS: dict[str, InputCheck] = {
    check.name: check
    for check in (
        InputCheck(
            "occlusion",
            "Occlusion",
            "How much the logit drops when a grey patch covers the place.",
            "Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks, 4.2",
            lambda probe, image, progress: occlusion(probe.predict, image, progress=progress),
        ),
        InputCheck(
            "rise",
            "RISE",
            "The probability of the class while the place is visible and random others are not, "
            "as the difference from the mean of all places.",
            "Petsiuk et al. 2018, RISE, equation 6",
            lambda probe, image, progress: rise(probe.predict, image, progress=progress),
        ),
        InputCheck(
            "pixel_integrated_gradients",
            "Integrated gradients on the pixels",
            "What every pixel adds to or takes from the logit, relative to a black image.",
            "Sundararajan et al. 2017, Axiomatic Attribution for Deep Networks, equation 3",
            lambda probe, image, progress: pixel_integrated_gradients(
                probe.predict, probe.gradient, image, progress=progress
            ),
        ),
    )
}


def on_own_scale(found: Maps, grid: tuple[int, int]) -> Maps:
    """A check as it is drawn: full colour is its strongest place over all classes.

    Checks have units of their own, and the same unit means something else in each; on the scale
    of another they would look empty or full. RISE compares places with each other, so it is drawn
    as the difference from its mean. Single pixels of integrated gradients scatter, so they are
    summed over the cells of the evidence map.

    Args:
        found: maps of a check.
        grid: (rows, columns) of the evidence map.
    """
    maps, is_signed = found.maps, found.is_signed
    if not is_signed:
        maps, is_signed = maps - maps.mean(axis=(1, 2), keepdims=True), True
    if found.method == "pixel_integrated_gradients":
        maps = np.stack([pool(values, grid) for values in maps])
    drawn = replace(found, maps=maps, is_signed=is_signed)
    return replace(drawn, reference=drawn.largest or 1.0)
