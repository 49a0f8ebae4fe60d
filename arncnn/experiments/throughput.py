"""Throughput: many files through decoders and network, and what that costs.

The files are drawn: a few dozen radiographs and CT slices in the forms that hospitals send,
under as many names as there are to be files (hard links: the disk stays small, every file is
decoded anew).
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

from arncnn.experiments.latency import fastest_forward, interleaved
from arncnn.inference.prepared import Prepared
from arncnn.inference.read_paths import read_paths
from arncnn.inference.reader import Reader
from arncnn.inference.reading import Reading
from arncnn.intake import sandbox
from arncnn.models.bundle import golden_images
from arncnn.preprocess import normalize

_VARIANTS = 8  # drawn pictures in each form
_RADIOGRAPH, SLICE = 1024, 512  # px a side
_SYNTAXES = (uid.ExplicitVRLittleEndian, uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless)
_BARE = {"one_at_a_time": (1, 30), "in_batches_of_64": (64, 5)}  # images, calls
_SETTLED = 0.2  # of the files, after which memory must not grow
_MB = 1 << 20


def read_drawn_files(files: int, *, workers: int = 2) -> dict[str, Any]:
    """What reading drawn files costs, read as ``read --workers`` does.

    Args:
        files: how many.
        workers: decoders at once.

    Returns:
        ``files_per_second``; ``network_busy_share`` of the time, the rest being spent waiting for
        a decoder (near 1: network-bound); ``decode_share`` of the processor time, the rest being
        network and everything else; ``bare_network``: images a second of the fastest compiled
        pass for the logits alone, right after the files, one image at a time and in large
        batches, beside ``images_per_second`` of the files, a CT being several; ``peak_mb`` and
        ``growth_mb`` (after the first fifth) of the process with the network;
        ``decoder_peak_mb`` of the largest decoder.
    """
    box = sandbox.shared()
    box.start()
    reader = _Timed.timed(Reader.open())
    box.rest()
    with tempfile.TemporaryDirectory(prefix="arncnn-bench-") as place:
        _fill(Path(place), files)
        decoders, spent, began = box.cpu_s, time.process_time(), time.perf_counter()
        done, unread, settled = 0, 0, 0.0
        for line in read_paths(reader, [Path(place)], workers=workers):
            done += 1
            unread += line["status"] == "failed"
            if done == max(1, round(_SETTLED * files)):
                settled = _resident_mb()
        seconds = time.perf_counter() - began
        growth = _resident_mb() - settled
        peak = _peak_mb()  # before the bare network is compiled in two more ways
    box.rest()
    decoding, reading = box.cpu_s - decoders, time.process_time() - spent
    return {
        "files": done,
        "unread": unread,
        "workers": workers,
        "seconds": seconds,
        "files_per_second": done / seconds,
        "images_per_second": sum(reader.inputs) / seconds,
        "bare_network": _bare_network(reader),
        "network_busy_share": sum(reader.seconds) / seconds,
        "decode_share": decoding / (decoding + reading),
        "peak_mb": peak,
        "growth_mb": growth,
        "decoder_peak_mb": box.peak_kib / 1024,
    }


@dataclass(frozen=True, eq=False)
class _Timed(Reader):
    """A reader that notes how long each reading took, and of how many images."""

    seconds: list[float] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)

    @classmethod
    def timed(cls, reader: Reader) -> "_Timed":
        return cls(**{each.name: getattr(reader, each.name) for each in fields(reader)})

    def read_prepared(self, scans: Sequence[Prepared]) -> list[Reading]:
        began = time.perf_counter()
        readings = super().read_prepared(scans)
        self.seconds.append(time.perf_counter() - began)
        self.inputs.extend(len(scan.model_input.images) for scan in scans)
        return readings


def _bare_network(reader: Reader) -> dict[str, float]:
    """Images a second without a file, a check or an uncertainty."""
    rates = {}
    for way, (count, repeats) in _BARE.items():
        images = normalize(np.resize(golden_images(), (count, 64, 64)))
        call = fastest_forward(reader, images, repeats)
        rates[way] = count / interleaved({way: call}, repeats)[way]
    return rates


def _fill(folder: Path, files: int) -> None:
    """Drawn files in equal parts: PNG, JPEG, and CT slices in four transfer syntaxes."""
    drawn = [content for number in range(_VARIANTS) for content in _forms(number)]
    for number in range(files):
        path = folder / f"{number:05}"
        if number < len(drawn):
            path.write_bytes(drawn[number])
        else:
            os.link(folder / f"{number % len(drawn):05}", path)


def _forms(number: int) -> list[bytes]:
    images = golden_images()
    image = images[number % len(images)]
    radiograph = noisy(image, _RADIOGRAPH, 4.0, number).clip(0, 255).astype(np.uint8)
    units = (noisy(image, SLICE, 4.0, number) * 8).clip(0, 4095).astype(np.uint16)
    pictures = [cv2.imencode(ending, radiograph)[1].tobytes() for ending in (".png", ".jpg")]
    return [*pictures, *(ct_file(units, syntax) for syntax in _SYNTAXES)]


def noisy(image: np.ndarray, side: int, noise: float, seed: int) -> np.ndarray:
    """Enlarged, with noise, which compresses as badly as a real scan's."""
    large = cv2.resize(image.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    return large + np.random.default_rng(seed).normal(0, noise, large.shape)


def ct_file(stored: np.ndarray, syntax: str) -> bytes:
    """A CT slice in Hounsfield units as a DICOM file; stored are uint16, 0 to 4095."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = uid.CTImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = uid.generate_uid()
    made.Modality = "CT"
    made.Rows, made.Columns = stored.shape
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    made.PixelRepresentation = 0
    made.RescaleSlope, made.RescaleIntercept = "1", "-1024"
    made.PixelData = stored.tobytes()
    if syntax != uid.ExplicitVRLittleEndian:
        made.compress(syntax, generate_instance_uid=False)
    out = BytesIO()
    made.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _resident_mb() -> float:
    """This process's memory now; its peak where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return _peak_mb()
    return pages * resource.getpagesize() / _MB


def _peak_mb() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MB
