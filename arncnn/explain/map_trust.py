"""MapTrust: one map of one scan put to the test, and what the model's release check found.

Each is told twice: in one plain line for whoever looks at the map, and with its figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from arncnn.explain.base import Method
from arncnn.explain.probe import Probe
from arncnn.explain.trust import (
    Faithfulness,
    Repeatability,
    faithfulness,
    found_in_words,
    repeatability,
)
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


def release_plain(check: Mapping[str, Any] | None, method: str) -> str:
    """What the release check stored with a model found for a method, in one line.

    Args:
        check: as ``evaluation.release_check`` made it; None or empty without one.
        method: its name.
    """
    found = _of(check, method)
    if not check or found is None:
        return "This model carries no stored release check of this kind of map."
    depends = (
        "depend on what the model learned"
        if found["collapses"]
        else "partly show the picture itself, whatever the model learned"
    )
    # A gain counts where its whole 95 % interval lies above 0, which is chance.
    passed = sum(found[f"{score}_interval"][0] > 0 for score in ("deletion", "insertion"))
    joined = "and" if found["collapses"] == (passed == 2) else "but"
    return (
        f"At the model's release, on {check['images']} images: maps of this method {depends}, "
        f"{joined} find {found_in_words(passed)}."
    )


def release_sentence(check: Mapping[str, Any] | None, method: str) -> str | None:
    """The figures behind ``release_plain``, or None without a stored check.

    Args:
        check: as ``evaluation.release_check`` made it; None or empty without one.
        method: its name.
    """
    found = _of(check, method)
    if not check or found is None:
        return None
    low, high = found["randomised_interval"]
    left = "nothing is" if found["collapses"] else "part of the map is"
    gains = " and ".join(
        f"{score} {signed(found[score])} ({signed(found[f'{score}_interval'][0])} to "
        f"{signed(found[f'{score}_interval'][1])})"
        for score in ("deletion", "insertion")
    )
    return (
        f"At the model's release: with all weights made random, {left} left (rank correlation "
        f"with the true map {signed(found['randomised'])}, {signed(low)} to {signed(high)}). Over "
        f"{check['images']} images the area gained over random order was {gains}. Intervals: 95 %."
    )


def _of(check: Mapping[str, Any] | None, method: str) -> Mapping[str, Any] | None:
    return (check or {}).get(method)
