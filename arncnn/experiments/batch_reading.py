"""Batch reading: files a second in batches, against the bare network on as many inputs.

Small JPEGs and uncompressed CT slices are drawn, read as ``read --workers 2`` does (each decoded in
the sandbox), and take turns with the fastest compiled pass over batches of 64 for the logits
alone. A CT is two inputs, one a window. Beside the ratio stands what each part costs in
milliseconds of one core, which a busy machine changes less than the time by the clock.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydicom import uid

from arncnn.experiments.latency import fastest_forward
from arncnn.experiments.throughput import SLICE, ct_file, noisy
from arncnn.inference.prepared import Prepared
from arncnn.inference.read_paths import BATCH, read_paths
from arncnn.inference.reader import Reader
from arncnn.intake import open_scan, sandbox
from arncnn.models.bundle import golden_images
from arncnn.network.hyper_parameters import INPUT_SIZE
from arncnn.preprocess import normalize

TARGETS = {"jpeg_64": 0.5, "dicom_512": 0.25}  # of the bare network's inputs a second
_ROUNDS = 3
_VARIANTS = 8  # drawn pictures of each kind
_SAMPLE = 48  # files whose preparing is timed alone


def batch_reading(files: int, *, workers: int = 2) -> dict[str, Any]:
    """How fast files are read in batches, for each kind of file.

    Args:
        files: how many of each kind; read in each of three rounds.
        workers: decoders at once.

    Returns:
        For each kind ``ratio`` (inputs a second over the bare network's, median of the rounds),
        ``rounds``, ``target``, ``files_per_second``, ``bare_inputs_per_second``, ``inputs`` and
        ``core_milliseconds`` a file by part; ``load`` of the machine and its ``processors``.
    """
    reader = Reader.open()
    images = normalize(np.resize(golden_images(), (BATCH, INPUT_SIZE, INPUT_SIZE)))
    bare = fastest_forward(reader, images, 5)
    result: dict[str, Any] = {}
    for kind, target in TARGETS.items():
        with tempfile.TemporaryDirectory(prefix="arncnn-bench-") as place:
            folder = Path(place)
            _fill(folder, kind, files)
            result[kind] = {"target": target, **_measured(reader, bare, folder, files, workers)}
    return {**result, "workers": workers, "load": _load(), "processors": os.cpu_count()}


def _measured(
    reader: Reader, bare: Callable[[], Any], folder: Path, files: int, workers: int
) -> dict[str, Any]:
    views = len(Prepared.of(open_scan(next(folder.iterdir()))).model_input.images)
    inputs = files * views
    passes = max(1, round(inputs / BATCH))
    networks, readings = [], []
    for _ in range(_ROUNDS):
        networks.append(_cost(lambda: [bare() for _ in range(passes)]))
        readings.append(_cost(lambda: _read(reader, folder, workers)))
    bare_rates = [passes * BATCH / cost.seconds for cost in networks]
    ratios = [inputs / cost.seconds / rate for cost, rate in zip(readings, bare_rates, strict=True)]
    here = 1000 * statistics.median(cost.here_s for cost in readings) / files
    decoders = 1000 * statistics.median(cost.decoders_s for cost in readings) / files
    network = 1000 * statistics.median(cost.here_s for cost in networks) / (passes * BATCH)
    parts = _parts(reader, folder, views)
    return {
        "ratio": statistics.median(ratios),
        "rounds": ratios,
        "files": files,
        "inputs": inputs,
        "files_per_second": statistics.median(files / cost.seconds for cost in readings),
        "bare_inputs_per_second": statistics.median(bare_rates),
        "core_milliseconds": {  # a file
            "bare_network": network * views,
            "decoders": decoders,
            **parts,
            "opening_pipes_and_lines": here - sum(parts.values()),
            "all": here + decoders,
        },
    }


@dataclass(frozen=True)
class _Cost:
    """Of one run: seconds by the clock, and of a core here and in the decoders."""

    seconds: float
    here_s: float
    decoders_s: float


def _cost(call: Callable[[], Any]) -> _Cost:
    box = sandbox.shared()
    box.rest()
    decoders, here, began = box.cpu_s, time.process_time(), time.perf_counter()
    call()
    seconds, here = time.perf_counter() - began, time.process_time() - here
    box.rest()  # only what has ended tells its time
    return _Cost(seconds, here, box.cpu_s - decoders)


def _read(reader: Reader, folder: Path, workers: int) -> None:
    for line in read_paths(reader, [folder], workers=workers):
        if line["status"] != "read":
            raise ValueError(f"A drawn file was not read: {line['error']}")


def _parts(reader: Reader, folder: Path, views: int) -> dict[str, float]:
    """Core milliseconds a file of what this process does, each part by itself."""
    scans = [open_scan(path) for path in sorted(folder.iterdir())[:_SAMPLE]]
    prepared = [Prepared.of(scan) for scan in scans]
    batch = (prepared * BATCH)[: BATCH // views]
    images = np.concatenate([scan.model_input.images for scan in batch])
    network = _core_ms(lambda: reader.forward(images), len(batch))
    return {
        "preparing_and_guards": _core_ms(lambda: list(map(Prepared.of, scans)), len(scans)),
        "network": network,
        "after_the_network": _core_ms(lambda: reader.read_prepared(batch), len(batch)) - network,
    }


def _core_ms(call: Callable[[], Any], count: int, repeats: int = 7) -> float:
    """Median milliseconds of a core for one of ``count``."""
    times = []
    for _ in range(repeats):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return 1000 * statistics.median(times) / count


def _load() -> float:
    """Processes that want a core, mean of the last minute; more than there are cores is busy."""
    return os.getloadavg()[0]


def _fill(folder: Path, kind: str, files: int) -> None:
    """Drawn files; each is written out once and has as many names as needed."""
    for number in range(files):
        path = folder / f"{number:06}"
        if number < _VARIANTS:
            path.write_bytes(_drawn(kind, number))
        else:
            os.link(folder / f"{number % _VARIANTS:06}", path)


def _drawn(kind: str, number: int) -> bytes:
    images = golden_images()
    image = images[number % len(images)]
    if kind == "dicom_512":
        units = (noisy(image, SLICE, 4.0, number) * 8).clip(0, 4095).astype(np.uint16)
        return ct_file(units, uid.ExplicitVRLittleEndian)
    small = noisy(image, INPUT_SIZE, 4.0, number).clip(0, 255).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", small)[1])
