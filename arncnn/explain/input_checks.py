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
            "What the logit loses when a grey patch covers the place.",
            "Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks, 4.2",
            lambda probe, image, progress: occlusion(probe.predict, image, progress=progress),
        ),
        InputCheck(
            "rise",
            "RISE",
            "The mean probability of the class while the place is visible and random others are "
            "not. Compare places with each other, not with zero.",
            "Petsiuk et al. 2018, RISE, equation 6",
            lambda probe, image, progress: rise(probe.predict, image, progress=progress),
        ),
        InputCheck(
            "pixel_integrated_gradients",
            "Integrated gradients on the pixels",
            "What every pixel adds to or takes from the logit, counted from a black image.",
            "Sundararajan et al. 2017, Axiomatic Attribution for Deep Networks, equation 3",
            lambda probe, image, progress: pixel_integrated_gradients(
                probe.predict, probe.gradient, image, progress=progress
            ),
        ),
    )
}


def on_one_scale(found: Maps, evidence: Maps) -> Maps:
    """A check on a scale that its image does not set for itself.

    Occlusion and RISE carry such a scale. Single pixels of integrated gradients have none, so
    they are summed over the cells of the evidence map, whose unit and usual strength they share.

    Args:
        found: maps of a check.
        evidence: the image's integrated evidence.
    """
    if found.reference is not None or found.unit != evidence.unit:
        return found
    _, rows, columns = evidence.maps.shape
    pooled = np.stack([pool(values, (rows, columns)) for values in found.maps])
    return replace(found, maps=pooled, reference=evidence.reference)
