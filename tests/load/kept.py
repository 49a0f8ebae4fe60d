"""What scans cost, in processor seconds and bytes per thousand: ``python -m tests.load.kept``.

Small JPEGs and CT slices of 512 × 512, all different, are read as ``read`` does, which keeps
nothing, and then as cases, which are kept. Processor seconds, decoders included, say the same on a
busy machine as on an idle one, or nearly so. JSON goes to standard output; ``--out`` keeps it.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from arncnn.experiments import targets
from arncnn.inference.read_paths import BATCH, read_items
from arncnn.intake import Item, open_bytes, sandbox
from arncnn.models.bundle import golden_images
from tests.intake import made

_TURN = np.random.default_rng(0)


def jpeg_64() -> bytes:
    """A small picture like no other."""
    return cv2.imencode(".jpg", _noisy(64).astype(np.uint8))[1].tobytes()


def dicom_512() -> bytes:
    """A CT slice like no other, not packed."""
    stored = (_noisy(512) * 8).astype(np.uint16)
    return made.dicom(stored, Modality="CT", RescaleSlope="1", RescaleIntercept="-1024")


def measure(count: int, home: Path) -> dict[str, Any]:
    """Per thousand scans of each kind: seconds and bytes."""
    from arncnn.cases.service import CaseService
    from arncnn.store import LOCAL_USER, Store

    machine = targets.machine()
    store = Store.open()
    service = CaseService(store)
    service.get_ready()
    reader = service.model().reader
    found: dict[str, Any] = {"machine": machine, "scans_of_each_kind": count}
    for kind, make in {"jpeg_64": jpeg_64, "dicom_512": dicom_512}.items():
        items = [_item(number, make()) for number in range(count)]
        list(read_items(reader, items[:BATCH]))  # what happens once
        rows, read_s = _processor_seconds(lambda items=items: list(read_items(reader, items)))
        before = _sizes(home)

        def keep(items: list[Item] = items) -> None:
            for start in range(0, count, BATCH):
                service.read_all(LOCAL_USER, items[start : start + BATCH])

        _, keep_s = _processor_seconds(keep)
        grown = {part: size - before[part] for part, size in _sizes(home).items()}
        found[kind] = {
            "file_bytes": len(make()),
            "processor_s_read": 1000 * read_s / count,
            "processor_s_kept": 1000 * keep_s / count,
            "row_bytes": 1000 * sum(len(json.dumps(row)) + 1 for row in rows) / count,
            **{f"{part}_bytes": 1000 * size / count for part, size in grown.items()},
        }
    store.close()
    return found


def _item(number: int, data: bytes) -> Item:
    return Item(f"{number}", partial(open_bytes, data))


def _noisy(side: int) -> np.ndarray:
    drawn = golden_images()[int(_TURN.integers(8))].astype(np.float32)
    large = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_CUBIC)
    return (large + _TURN.normal(0, 3, large.shape)).clip(0, 255)


def _processor_seconds(work: Callable[[], Any]) -> tuple[Any, float]:
    def used() -> float:
        sandbox.shared().rest()  # a decoder's share counts once it has ended
        own = psutil.Process().cpu_times()
        return own.user + own.system + sandbox.shared().cpu_s

    before = used()
    done = work()
    return done, used() - before


def _sizes(home: Path) -> dict[str, int]:
    kept = {"pixels": 0, "database": 0}
    for path in home.rglob("*"):
        if path.is_file():
            part = "database" if path.name.startswith("arncnn.sqlite") else "pixels"
            kept[part] += path.stat().st_size
    return kept


def main() -> int:
    """Measures; 0 when done."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.kept", description=__doc__)
    parser.add_argument("--scans", type=int, default=512, help="of each kind")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["ARNCNN_HOME"] = name
        text = json.dumps(measure(asked.scans, Path(name)), indent=1) + "\n"
    if asked.out is not None:
        asked.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
