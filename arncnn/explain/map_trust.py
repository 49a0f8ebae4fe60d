"""MapTrust: one map of one scan put to the test, and what the model's release check found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from arncnn.explain.base import Method
from arncnn.explain.probe import Probe
from arncnn.explain.trust import Faithfulness, Repeatability, faithfulness, repeatability
from arncnn.explain.words import signed
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

    def sentences(self) -> tuple[str, str]:
        """Both in words."""
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


def release_sentence(check: Mapping[str, Any] | None, method: str) -> str:
    """What the release check stored with a model found for a method.

    Args:
        check: as ``evaluation.release_check`` made it; None or empty without one.
        method: its name.
    """
    found = (check or {}).get(method)
    if not check or found is None:
        return "This model carries no stored release check of this kind of map."
    low, high = found["randomised_interval"]
    depends = (
        "it collapses, as a map of what was learnt must"
        if found["collapses"]
        else "it does not collapse: part of it shows the picture, whatever the network learnt"
    )
    return (
        f"With all weights made random, {depends} (rank correlation {signed(found['randomised'])}, "
        f"{signed(low)} to {signed(high)}). Over {check['images']} images deletion gained "
        f"{signed(found['deletion'])} and insertion {signed(found['insertion'])} over random order."
    )
