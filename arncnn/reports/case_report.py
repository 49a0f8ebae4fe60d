"""The case report: one self-contained HTML file that a clinician can file or print.

It holds pictures, the reading, maps, the model and the preparation of its input, the
time and the intended use; no header value beyond modality and body part, a file's name only where
names are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from arncnn import __version__, preprocess
from arncnn.config import INTENDED_USE
from arncnn.figures import picture
from arncnn.reports.rendering import render

if TYPE_CHECKING:
    from arncnn.inference.reading import Reading

_WORDS = {"accept": "✓ Accepted", "review": "⚠ Needs review", "refuse": "✕ Refused"}


@dataclass(frozen=True, eq=False)
class Plate:
    """One picture of the report.

    Attributes:
        image: uint8, (height, width) or (height, width, 3).
        caption: what it is.
        alt: what it shows, in words.
    """

    image: np.ndarray
    caption: str
    alt: str

    @property
    def uri(self) -> str:
        """The picture as an address that holds it."""
        return picture.data_uri(picture.png(self.image))


@dataclass(frozen=True, eq=False)
class Gallery:
    """Pictures under a heading of their own.

    Attributes:
        title: the heading.
        note: what holds for all of them, such as their scale.
        plates: the pictures.
    """

    title: str
    note: str
    plates: tuple[Plate, ...]


def case_report(
    reading: "Reading",
    plates: Sequence[Plate],
    *,
    galleries: Sequence[Gallery] = (),
    case_id: str,
    made_at: float,
    name: str = "",
    warnings: Sequence[str] = (),
) -> str:
    """The report as one HTML document that needs nothing else.

    Args:
        reading: of the case.
        plates: the pictures, the scan first.
        galleries: further pictures; one without any is left out.
        case_id: the store's random id.
        made_at: Unix seconds.
        name: of the case, with study and series.
        warnings: sentences that intake had for the person.
    """
    sure = reading.uncertainty
    columns = (reading.probabilities, reading.logits, sure.dropout_lower, sure.dropout_upper)
    classes = zip(reading.labels, *(column.tolist() for column in columns), strict=True)
    return render(
        "case_report.html.j2",
        reading=reading,
        verdict=_WORDS[reading.verdict],
        sentences=(*reading.reasons, *warnings),
        classes=sorted(classes, key=lambda row: -row[1]),
        plates=plates,
        galleries=galleries,
        case_id=case_id,
        name=name,
        made_at=datetime.fromtimestamp(made_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        intended_use=INTENDED_USE,
        contract=preprocess.contract(),
        version=__version__,
    )
