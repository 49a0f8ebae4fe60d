"""The whole scan that a case is a slice of: its kept slices, or the frames of its file."""

from collections.abc import Callable, Sequence

import numpy as np

from arncnn.cases.open_case import OpenCase
from arncnn.inference.series import SeriesAnswer, SliceVote, answer
from arncnn.store.case import Case

Done = Callable[[int, int], object]
"""Told how many slices are read, and of how many."""
DECODERS = 2
_FEWEST = 3  # slices: with fewer there is no scan to speak of


def of_slices(
    cases: Sequence[Case], labels: Sequence[str], temperature: float
) -> SeriesAnswer | None:
    """One answer from the readings that are kept of a series' slices.

    Args:
        cases: of one series as one model read them, in the files' order.
        labels: the model's classes, in the order of its logits.
        temperature: divides the logits.

    Returns:
        None for too few slices; localisers do not count.
    """
    slices = [case for case in cases if not case.is_localizer]
    if len(slices) < _FEWEST:
        return None
    votes = [_vote(place, case, labels) for place, case in enumerate(slices, 1)]
    return answer(labels, votes, len(slices), temperature)


def of_frames(opened: OpenCase, done: Done, *, most: int) -> SeriesAnswer:
    """One answer from at most ``most`` frames of the case's file, read now and evenly spaced.

    Raises:
        IntakeError: a frame cannot be read.
    """
    from arncnn.inference.read_series import read_frames  # brings TensorFlow

    if opened.item is None:
        raise ValueError("The file is not available, so its frames cannot be requested.")
    reader, frames = opened.model.reader, opened.case.frames
    return read_frames(reader, opened.item, frames, most=most, workers=DECODERS, done=done)


def _vote(place: int, case: Case, labels: Sequence[str]) -> SliceVote:
    logits = np.array([case.reading["logits"][label] for label in labels], np.float32)
    p_value, unsuitable = case.reading.get("novelty_p_value"), case.reading.get("unsuitable")
    return SliceVote(place, logits, p_value, case.verdict, bool(unsuitable))
