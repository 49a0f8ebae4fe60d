"""read_paths: many files through decoders and network, in order, in constant memory."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from arncnn.errors import IntakeError
from arncnn.inference.reader import Reader
from arncnn.intake import Item, expand
from arncnn.intake.scan import Scan

_AHEAD = 4  # files decoded ahead of the network, per decoder
Decoded = Scan | IntakeError


def read_paths(
    reader: Reader, paths: Iterable[Path], *, workers: int = 1, skip: frozenset[str] = frozenset()
) -> Iterator[dict[str, Any]]:
    """Read every file under the paths.

    Args:
        reader: the model.
        paths: files, folders, ZIP archives.
        workers: how many files are decoded at once.
        skip: labels of items already read.

    Yields:
        One JSON object an item, in order; see ``Reading.to_json``.
    """
    items = (item for item in expand(paths) if item.label not in skip)
    with ThreadPoolExecutor(max(1, workers)) as decoders:
        waiting: deque[tuple[str, Future[Decoded]]] = deque()
        for item in items:
            waiting.append((item.label, decoders.submit(_open, item)))
            if len(waiting) > _AHEAD * max(1, workers):
                yield _line(reader, *waiting.popleft())
        while waiting:
            yield _line(reader, *waiting.popleft())


def failed(path: str, reason: IntakeError) -> dict[str, Any]:
    """The JSON object of a file that no pixels could be decoded from."""
    empty = dict.fromkeys(
        ("label", "probabilities", "logits", "verdict", "entropy", "prediction_set",
         "novelty_p_value", "header", "frame", "frames", "model")
    )  # fmt: skip
    error = {"code": reason.code, "message": str(reason)}
    return {"path": path, "status": "failed", "reasons": [], **empty, "error": error}


def _open(item: Item) -> Decoded:
    try:
        return item.open()
    except IntakeError as reason:
        return reason


def _line(reader: Reader, label: str, opened: Future[Decoded]) -> dict[str, Any]:
    scan = opened.result()
    if isinstance(scan, IntakeError):
        return failed(label, scan)
    return reader.read(scan).to_json(label)
