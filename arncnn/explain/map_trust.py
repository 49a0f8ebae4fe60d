"""MapTrust: one map of one scan put to the test.

What was found is told twice: in one plain line for whoever looks at the map, and with its figures.
"""

from dataclasses import dataclass

import numpy as np

from arncnn.explain.base import Method
from arncnn.explain.probe import Probe
from arncnn.explain.trust import (
    Faithfulness,
    Repeatability,
    faithfulness,
    repeatability,
)
from arncnn.network.head import Head


@dataclass(frozen=True)
class MapTrust:
    """What the tests of one map on its own scan found.

    Attributes:
        faithfulness: deletion and insertion in the map's order against random orders.
        repeatability: correlation with the maps of slightly shifted copies of the scan.
    """

    faithfulness: Faithfulness
    repeatability: Repeatability

    def plain(self) -> str:
        """Both in one line, without a figure."""
        finds, repeats = self.faithfulness, self.repeatability
        joined = "and" if (finds.beaten == 2) == repeats.is_steady else "but"
        return f"Tested on this scan: this map {finds.finding}, {joined} it {repeats.finding}."

    def sentences(self) -> tuple[str, str]:
        """The figures of both."""
        return self.faithfulness.sentence(), self.repeatability.sentence()


def map_trust(
    probe: Probe,
    head: Head,
    image: np.ndarray,
    method: Method,
    label: int,
    other: int | None = None,
) -> MapTrust:
    """Test the map of a class, or of the difference to another, on the image it explains.

    Args:
        probe: of the network.
        head: its dense layers.
        image: float32, (height, width, 1), 0 to 1, as the network saw it.
        method: the map's method.
        label: index of the class; its probability is the one followed.
        other: index of the class it is held against, or None.
    """

    def maps_of(images: np.ndarray) -> np.ndarray:
        """float32, (n, rows, columns)."""
        found = [method.maps(head, conv_map) for conv_map in probe.conv_maps(images)]
        return np.stack([m[label] if other is None else m[label] - m[other] for m in found])

    values = maps_of(image[None])[0]
    return MapTrust(
        faithfulness(probe.predict, image, values, label), repeatability(maps_of, image)
    )
