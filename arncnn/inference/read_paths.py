"""read_paths: many files through decoders and network, in order, in constant memory.

Decoders work ahead in groups of files; what they leave behind of a file is the 64 x 64 that the
network sees, so a batch waits in little memory however large the pictures are.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from arncnn.errors import IntakeError
from arncnn.inference.prepared import Prepared
from arncnn.inference.reader import Reader
from arncnn.intake import Item, expand
from arncnn.intake.delivery import Patience, is_unread

BATCH = 64  # network inputs in one pass; a larger one is no quicker an input
_GROUP = 8  # files that a decoder takes at a time: their handing over then costs little
_AHEAD = 2 * BATCH // _GROUP  # groups decoded ahead: a batch waits while the network has another
Decoded = Prepared | IntakeError


def read_paths(
    reader: Reader, paths: Iterable[Path], *, workers: int = 1, skip: frozenset[str] = frozenset()
) -> Iterator[dict[str, Any]]:
    """Read every file under the paths.

    Args:
        reader: the model.
        paths: files, folders, ZIP archives.
        workers: how many files are decoded at once.
        skip: labels of items already read.

    Returns:
        One JSON object an item, in order, as they are read; see ``Reading.to_json``. What a passing
        fault stops is tried again, as on Ray; see ``has_no_row``.
    """
    items = (item for item in expand(paths, Patience()) if item.label not in skip)
    return read_items(reader, items, workers=workers)


def read_items(
    reader: Reader, items: Iterable[Item], *, workers: int = 1
) -> Iterator[dict[str, Any]]:
    """Read items that were found before; see ``read_paths``."""
    waiting: list[tuple[str, Decoded]] = []
    inputs = 0
    for item, found in opened(items, workers):
        waiting.append((item.label, found))
        inputs += 0 if isinstance(found, IntakeError) else len(found.model_input.images)
        if inputs >= BATCH or len(waiting) >= 2 * BATCH:
            yield from _lines(reader, waiting)
            waiting, inputs = [], 0
    yield from _lines(reader, waiting)


def opened(
    items: Iterable[Item], workers: int, *, group: int | None = None
) -> Iterator[tuple[Item, Decoded]]:
    """Every item with what a reading needs of it, or why it has none; in order.

    Args:
        items: are asked for only as they are decoded.
        workers: how many files are decoded at once.
        group: how many a decoder takes at a time; None takes as many as suits small files.
    """
    group = group or _GROUP
    left = iter(items)
    with ThreadPoolExecutor(max(1, workers)) as decoders:
        waiting: deque[Future[list[tuple[Item, Decoded]]]] = deque()
        try:
            while taken := list(islice(left, group)):
                waiting.append(decoders.submit(_open_all, taken))
                if len(waiting) > _AHEAD:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            for future in waiting:  # whoever stops early waits for no more than is in hand
                future.cancel()


def prepare(item: Item) -> Decoded:
    """What a reading needs of an item, or why it has none; the picture itself is let go."""
    try:
        return Prepared.of(item.open())
    except IntakeError as reason:
        return reason


def failed(path: str, reason: IntakeError) -> dict[str, Any]:
    """The JSON object of a file that no pixels could be decoded from."""
    empty = dict.fromkeys(
        ("label", "probabilities", "logits", "verdict", "entropy", "prediction_set",
         "novelty_p_value", "header", "with_header", "frame", "frames", "model")
    )  # fmt: skip
    error = {"code": reason.code, "message": str(reason)}
    return {"path": path, "status": "failed", "reasons": [], **empty, "error": error}


def has_no_row(row: Mapping[str, Any]) -> bool:
    """Whether a row says no more than that the file did not come: a later run reads it."""
    return row.get("status") == "failed" and is_unread(row["error"]["code"])


def _open_all(group: Iterable[Item]) -> list[tuple[Item, Decoded]]:
    return [(item, prepare(item)) for item in group]


def _lines(reader: Reader, found: list[tuple[str, Decoded]]) -> Iterator[dict[str, Any]]:
    readings = iter(
        reader.read_prepared([one for _, one in found if not isinstance(one, IntakeError)])
    )
    for label, one in found:
        if isinstance(one, IntakeError):
            yield failed(label, one)
        else:
            yield next(readings).to_json(label)
