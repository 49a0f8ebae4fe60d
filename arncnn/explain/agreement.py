"""Agreement: do two maps of one class, made in different ways, put the same places first?"""

from dataclasses import dataclass

import numpy as np

from arncnn.errors import UsageError
from arncnn.explain.words import signed

_CLOSE, _PARTLY = 0.7, 0.3  # where the words change; the number stands beside them


@dataclass(frozen=True)
class Agreement:
    """How alike two maps rank the places of an image.

    Attributes:
        rank_correlation: Spearman's, -1 to 1; None when one of the maps is flat and ranks nothing.
        cells: number of places compared.
    """

    rank_correlation: float | None
    cells: int

    def sentence(self, title: str) -> str:
        """The agreement in words.

        Args:
            title: of the map this one is held against.
        """
        found = self.rank_correlation
        if found is None:
            return f"It cannot be compared with {title}: one of the two maps is flat."
        if found >= _CLOSE:
            verdict = "ranks the places much like"
        elif found >= _PARTLY:
            verdict = "agrees in part with"
        elif found > -_PARTLY:
            verdict = "hardly agrees with"
        else:
            verdict = "contradicts"
        return (
            f"It {verdict} {title} (rank correlation {signed(found)} over {self.cells} cells, "
            f"1 is the same order)."
        )


def agreement(one: np.ndarray, other: np.ndarray) -> Agreement:
    """Spearman's correlation of two maps over the places of the coarser one.

    Args:
        one: float32, (rows, columns).
        other: float32, of the same shape or a finer grid that divides into it.
    """
    coarse, fine = sorted((one, other), key=lambda values: values.size)
    pooled = pool(fine, (coarse.shape[0], coarse.shape[1]))
    if np.ptp(coarse) == 0 or np.ptp(pooled) == 0:
        return Agreement(None, coarse.size)
    from scipy.stats import spearmanr  # slow to import: only where used

    return Agreement(float(spearmanr(coarse.ravel(), pooled.ravel()).statistic), coarse.size)


def pool(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A fine map summed up over the cells of a coarser grid.

    Args:
        values: float32, (rows, columns).
        shape: (rows, columns) wanted; each divides the map's own.

    Returns:
        float32, of that shape, with the same sum.

    Raises:
        UsageError: the grids do not fit.
    """
    rows, columns = shape
    if values.shape[0] % rows or values.shape[1] % columns:
        raise UsageError(f"A map of {values.shape} values does not divide into {shape} cells.")
    blocks = values.reshape(rows, values.shape[0] // rows, columns, values.shape[1] // columns)
    return blocks.sum(axis=(1, 3), dtype=np.float64).astype(np.float32)
