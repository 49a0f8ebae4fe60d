"""Reopening: a kept case, read again from its kept pixels, so that it can be explained."""

from dataclasses import replace

import numpy as np

from arncnn.intake import header
from arncnn.intake.scan import Scan
from arncnn.preprocess import AS_SHOWN, CT_WINDOWS, ModelInput
from arncnn.reading import Reader, Reading
from arncnn.store.case import Case
from arncnn.store.pictures import Pixels
from arncnn.uncertainty import guards

_IN_COLOUR = 1.0  # colourfulness: the measured one is not kept


def reopen(reader: Reader, case: Case, pixels: Pixels) -> Reading:
    """The reading of a kept case with everything that explains it.

    The network sees exactly what it saw the first time. What only the file could tell
    (its colours, its full resolution) is gone, so the verdict and reasons of the same
    model are taken from the record. Another model gives its own, but a picture that was
    in colour or flat stays so for every model.

    Args:
        reader: the model in service.
        case: as stored.
        pixels: as stored.
    """
    unsuitable = _unsuitable(case, pixels)
    shown = pixels.display.astype(np.float32)
    scan = Scan(
        pixels=np.zeros_like(shown) if "flat" in unsuitable else shown,
        sha256=case.scan_sha256,
        kind=case.kind,
        colourfulness=_IN_COLOUR if "colour" in unsuitable else 0.0,
        frame=case.frame,
        frames=case.frames,
        attributes=case.attributes,
        series_key=case.series_key,
        warnings=case.warnings,
    )
    images = pixels.model_input
    views = tuple(window.name for window in CT_WINDOWS) if len(images) > 1 else (AS_SHOWN,)
    reading = reader.read_input(scan, ModelInput(images, views))
    if reading.model.sha256 != case.model_sha256:
        return reading
    return replace(
        reading,
        label=case.label,
        verdict=case.verdict,
        reasons=tuple(case.reading.get("reasons", ())),
        header=header.check(case.attributes, case.label, case.verdict),
    )


def _unsuitable(case: Case, pixels: Pixels) -> set[str]:
    """What the record says against the picture itself: codes of ``guards``."""
    worst = Scan(
        np.zeros(pixels.display.shape, np.float32),
        case.scan_sha256,
        case.kind,
        colourfulness=_IN_COLOUR,
    )
    recorded = case.reading.get("reasons", ())
    return {reason.code for reason in guards.check(worst) if reason.sentence in recorded}
