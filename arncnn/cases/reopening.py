"""Reopening: a kept case, read again from its kept pixels, so that it can be explained."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from arncnn.inference.reader import Reader
from arncnn.inference.reading import Reading
from arncnn.intake import header
from arncnn.intake.scan import Scan
from arncnn.labels import Label
from arncnn.preprocess import AS_SHOWN, CT_WINDOWS, ModelInput
from arncnn.store.case import Case, reasons_of
from arncnn.store.pictures import Pixels
from arncnn.uncertainty import guards


def reopen(reader: Reader, case: Case, pixels: Pixels) -> Reading:
    """The reading of a kept case with everything that explains it.

    The network sees exactly what it saw the first time. What only the file could tell
    (its colours, its full resolution) is gone, so the verdict and reasons of the same
    model are taken from the record. Another model gives its own, but what the record holds
    against the picture itself stands for every model.

    Args:
        reader: the model in service.
        case: as stored.
        pixels: as stored.
    """
    scan = Scan(
        pixels=pixels.display.astype(np.float32),
        sha256=case.scan_sha256,
        kind=case.kind,
        frame=case.frame,
        frames=case.frames,
        attributes=case.attributes,
        series_key=case.series_key,
        study_key=case.study_key,
        warnings=case.warnings,
    )
    images = pixels.model_input
    views = tuple(window.name for window in CT_WINDOWS) if len(images) > 1 else (AS_SHOWN,)
    recorded = case.reading.get("unsuitable")
    unsuitable = (
        guards.check(scan)  # a record from before these were kept
        if recorded is None
        else tuple(guards.Reason(**reason) for reason in recorded)
    )
    reading = reader.read_input(scan, ModelInput(images, views), unsuitable)
    if reading.model.sha256 != case.model_sha256:
        return reading
    return replace(
        reading,
        label=case.label,
        verdict=case.verdict,
        reasons=reasons_of(case),
        header=_header(case, reader.header_terms),
    )


def _header(case: Case, known: Mapping[str, Label]) -> header.HeaderCheck:
    """The check anew, for its sentence; what was recorded where less is kept than was checked."""
    recorded = case.reading.get("header") or {}
    claim = header.claim(case.attributes)
    if case.label is None and recorded.get("verdict") == "disagree":
        return claim.refusing(known)
    anew = claim.compare(case.label, known)
    if case.label is None or recorded.get("verdict") in (None, anew.verdict):
        return anew
    return header.HeaderCheck(
        modality=recorded.get("modality"),
        body_part=recorded.get("body_part"),
        claimed_class=recorded.get("claimed_class"),
        verdict=recorded["verdict"],
        sentence="This was found when the file was read; not everything it said is kept.",
    )
