"""Line: one figure of the paper beside ours, with all that is needed to weigh it."""

from dataclasses import dataclass

from arncnn.evaluation.intervals import Estimate, Share
from arncnn.formatting import share, span

NO_INTERVAL = "none: one training"
NOT_PRINTED = "–"


@dataclass(frozen=True)
class Line:
    """One figure.

    Attributes:
        name: what it is of.
        paper: as the paper prints it; a dash where it prints none.
        ours: from the stored result.
        interval: 95%, or why there is none.
        sample: what ours was measured on.
    """

    name: str
    paper: str
    ours: str
    interval: str
    sample: str


def decimals(found: Estimate | Share, digits: int = 4) -> tuple[str, str]:
    """A figure and its interval as decimals.

    >>> decimals(Estimate(0.5, 0.25, 0.75), 2)
    ('0.50', '0.25 to 0.75')
    """
    return f"{found.value:.{digits}f}", f"{found.lower:.{digits}f} to {found.upper:.{digits}f}"


def percentages(found: Estimate | Share, digits: int = 2) -> tuple[str, str]:
    r"""A share and its interval as percentages.

    >>> percentages(Estimate(0.5, 0.25, 0.75), 0)
    ('50%', '25 to 75%')
    """
    return share(found.value, digits), span(found.lower, found.upper, digits)
