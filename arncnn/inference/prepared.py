"""Prepared: what a reading needs of a scan once its picture has been looked at.

The network sees 64 x 64 and the guards have had their look at the whole picture, so the picture
itself can go: many scans wait for a batch in as little memory as their inputs take.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from arncnn.intake.scan import Scan
from arncnn.preprocess import ModelInput, model_input
from arncnn.uncertainty import guards


@dataclass(frozen=True, eq=False)
class Prepared:
    """One scan, ready for a batch.

    Attributes:
        model_input: what the network sees.
        unsuitable: what the whole picture has against it.
        attributes, sha256, frame, frames, kind, series_key: of the scan.
    """

    model_input: ModelInput
    unsuitable: tuple[guards.Reason, ...]
    attributes: Mapping[str, str]
    sha256: str
    frame: int
    frames: int
    kind: str
    series_key: str | None

    @classmethod
    def of(cls, scan: Scan) -> Self:
        """Look at a scan's picture.

        Raises:
            IntakeError: "no_values" where the pixels reach too far to be told apart.
        """
        return cls.known(scan, model_input(scan), guards.check(scan))

    @classmethod
    def known(cls, scan: Scan, seen: ModelInput, unsuitable: tuple[guards.Reason, ...]) -> Self:
        """From an input that was prepared before; the scan's pixels are not looked at."""
        return cls(
            model_input=seen,
            unsuitable=unsuitable,
            attributes=scan.attributes,
            sha256=scan.sha256,
            frame=scan.frame,
            frames=scan.frames,
            kind=scan.kind,
            series_key=scan.series_key,
        )
