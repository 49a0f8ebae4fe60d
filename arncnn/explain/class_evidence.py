"""ClassEvidence: one class's map, or why this class and not that one."""

from dataclasses import dataclass

import numpy as np

from arncnn.explain.base import Maps


@dataclass(frozen=True, eq=False)
class ClassEvidence:
    """The evidence for a class, or the difference of two classes' evidence.

    Attributes:
        map: float32, (rows, columns), in the maps' unit; above 0 speaks for the class.
        is_signed: whether cells may be below 0.
        difference: what the cells should sum to: the logit difference from the zero map, or that
            of the one class minus the other's; None when the method does not add up.
        residual: sum of the cells minus ``difference``; None likewise.
    """

    map: np.ndarray
    is_signed: bool
    difference: float | None = None
    residual: float | None = None


def class_evidence(maps: Maps, label: int, against: int | None = None) -> ClassEvidence:
    """What speaks for a class, alone or rather than another.

    Args:
        maps: any method's maps of one image.
        label: index of the class.
        against: index of the class it is held against, or None.
    """

    def held(by_class: np.ndarray) -> np.ndarray:
        return by_class[label] if against is None else by_class[label] - by_class[against]

    values, is_signed = held(maps.maps), maps.is_signed or against is not None
    if maps.difference is None:
        return ClassEvidence(values, is_signed)
    difference = float(held(maps.difference))
    residual = float(values.sum(dtype=np.float64)) - difference
    return ClassEvidence(values, is_signed, difference, residual)
