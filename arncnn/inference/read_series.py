"""read_series: files that belong together, or the frames of one file, read as one scan."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from arncnn.errors import IntakeError
from arncnn.inference.prepared import Prepared
from arncnn.inference.read_paths import BATCH, failed, opened
from arncnn.inference.reader import Reader
from arncnn.inference.reading import Reading
from arncnn.inference.series import SLICES, SeriesAnswer, SliceVote, answer, evenly
from arncnn.intake import Item, expand

Done = Callable[[int, int], object]
"""Told after each batch how many slices are read, and of how many."""


def vote(place: int, reading: Reading) -> SliceVote:
    """What a reading says as a slice of a scan; places count from 1."""
    return SliceVote(
        place,
        reading.logits,
        reading.novelty_p_value,
        reading.verdict,
        is_unsuitable=bool(reading.unsuitable),
    )


def read_frames(
    reader: Reader,
    item: Item,
    frames: int,
    *,
    most: int | None = SLICES,
    workers: int = 1,
    done: Done = lambda read, of: None,
) -> SeriesAnswer:
    """One answer for a file of several frames: a NIfTI volume, a multi-frame DICOM or TIFF.

    Args:
        reader: the model.
        item: the file.
        frames: how many it has.
        most: how many are read, evenly spaced; None reads all.
        workers: how many are decoded at once.
        done: told how far it is.

    Raises:
        IntakeError: a frame cannot be decoded.
    """
    places = evenly(frames, most)
    items = (Item(str(place), partial(item.open, frame=place), item.path) for place in places)
    votes: list[SliceVote] = []
    waiting: list[Prepared] = []
    for _, found in opened(items, workers, group=1):
        if isinstance(found, IntakeError):
            raise found
        waiting.append(found)
        if len(waiting) == BATCH // 2 or len(votes) + len(waiting) == len(places):
            votes += [vote(each.frame + 1, each) for each in reader.read_prepared(waiting)]
            waiting = []
            done(len(votes), len(places))
    return answer(reader.labels, votes, frames, reader.temperature)


def read_series(
    reader: Reader, paths: Iterable[Path], *, most: int | None = SLICES, workers: int = 1
) -> Iterator[dict[str, Any]]:
    """One JSON object a scan: the files of a DICOM series together, a file of many frames alone.

    Every file is read; of a file of many frames, evenly spaced ones. Files of one series are found
    by their series' UID wherever they lie, in the order of the walk, so their answers come last,
    and what waits for them is a few numbers a slice.

    Args:
        reader: the model.
        paths: files, folders, ZIP archives.
        most: frames read of one file; None reads all.
        workers: how many files are decoded at once.
    """
    series: dict[str, list[tuple[str, SliceVote]]] = {}
    waiting: list[tuple[Item, Prepared]] = []

    def read() -> None:
        readings = reader.read_prepared([one for _, one in waiting])
        for (item, one), reading in zip(waiting, readings, strict=True):
            slices = series.setdefault(one.series_key or item.label, [])
            if one.attributes.get("Localizer") != "YES":
                slices.append((item.label, vote(len(slices) + 1, reading)))
        waiting.clear()

    for item, found in opened(expand(paths), workers):
        if isinstance(found, IntakeError):
            yield failed(item.label, found)
        elif found.frames > 1:
            try:
                said = read_frames(reader, item, found.frames, most=most, workers=workers)
            except IntakeError as reason:
                yield failed(item.label, reason)
            else:
                yield _line([item.label], said, reader)
        else:
            waiting.append((item, found))
            if len(waiting) >= BATCH:
                read()
    read()
    for slices in series.values():
        if slices:
            votes = [each for _, each in slices]
            said = answer(reader.labels, votes, len(votes), reader.temperature)
            yield _line([path for path, _ in slices], said, reader)


def _line(files: Sequence[str], said: SeriesAnswer, reader: Reader) -> dict[str, Any]:
    model = {"id": reader.bundle.identity.id, "sha256": reader.bundle.identity.sha256}
    head = {"path": files[0], "status": "read", "files": list(files)}
    return {**head, **said.to_json(), "model": model, "error": None}
