"""Batch: files opened side by side, looked at, and ready for one pass of the network."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from arncnn.errors import IntakeError
from arncnn.figures import picture
from arncnn.inference.prepared import Prepared
from arncnn.intake import Item, limits
from arncnn.intake.scan import Scan
from arncnn.store.case import NewCase

if TYPE_CHECKING:
    from arncnn.cases.training_match import TrainingImages
    from arncnn.inference.reading import Reading

_LIGHT = 16 << 20  # bytes of pixels that are kept of each of several files


@dataclass(frozen=True, eq=False)
class LookedAt:
    """A file that was opened and looked at.

    Attributes:
        item: the file.
        facts: the scan; without its pixels, where they are too many to be kept of several.
        has_pixels: whether they are there.
        display: uint8, (height, width), the picture as shown.
        prepared: for the network.
    """

    item: Item
    facts: Scan
    has_pixels: bool
    display: np.ndarray
    prepared: Prepared

    @property
    def scan(self) -> Scan | None:
        """The decoded file; None where its pixels have been let go."""
        return self.facts if self.has_pixels else None

    def new_case(self, reading: "Reading", training: "TrainingImages") -> NewCase:
        """The case of its reading."""
        match = training.match(self.facts.sha256, self.display, reading.features.vector)
        return NewCase.of(
            reading, self.facts, self.display, file_name=self.item.label, training_match=match
        )


def look_at(items: Sequence[Item], frame: int | None = None) -> list[LookedAt | IntakeError]:
    """Opens files, several at once in as many sandboxed children, and looks at each.

    Args:
        items: the files.
        frame: of each, from 0; None for the middle one.

    Returns:
        For each item what was seen, or why it could not be read.
    """

    def look(item: Item) -> LookedAt | IntakeError:
        return _look_at(item, frame, is_one_of_several=len(items) > 1)

    if len(items) == 1:
        return [look(items[0])]
    with ThreadPoolExecutor(min(limits.CHILDREN, os.cpu_count() or 1)) as decoders:
        return list(decoders.map(look, items))


def _look_at(item: Item, frame: int | None, *, is_one_of_several: bool) -> LookedAt | IntakeError:
    try:
        scan = item.open(frame=frame)
        prepared = Prepared.of(scan)
    except IntakeError as reason:
        return reason
    display = picture.display(scan)
    is_light = not is_one_of_several or scan.pixels.nbytes <= _LIGHT
    facts = scan if is_light else replace(scan, pixels=np.empty((0, 0), np.float32))
    return LookedAt(item, facts, is_light, display, prepared)
