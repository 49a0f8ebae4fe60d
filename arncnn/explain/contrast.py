"""Contrast: why this class and not that one."""

from dataclasses import dataclass

import numpy as np

from arncnn.explain.base import Maps


@dataclass(frozen=True, eq=False)
class Contrast:
    """The difference of two classes' evidence.

    Attributes:
        map: float32, (rows, columns), signed: above 0 speaks for ``favoured``.
        favoured: index of the class asked for.
        other: index of the class it is held against.
        unit: the method's unit.
        difference: what the cells should sum to: the difference of the two classes' logit
            differences from the zero map; None when the method does not add up.
        residual: sum of the cells minus ``difference``; None likewise.
    """

    map: np.ndarray
    favoured: int
    other: int
    unit: str
    difference: float | None
    residual: float | None


def contrast(maps: Maps, favoured: int, other: int) -> Contrast:
    """Why ``favoured`` and not ``other``.

    Args:
        maps: any method's maps of one image.
        favoured: index of a class.
        other: index of another.

    Returns:
        Signed evidence, in the unit of ``maps``.
    """
    values = maps.maps[favoured] - maps.maps[other]
    if maps.difference is None:
        return Contrast(values, favoured, other, maps.unit, None, None)
    difference = float(maps.difference[favoured] - maps.difference[other])
    residual = float(values.sum(dtype=np.float64)) - difference
    return Contrast(values, favoured, other, maps.unit, difference, residual)
