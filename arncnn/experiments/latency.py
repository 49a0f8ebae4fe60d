"""Latency: what a reading costs, against the bare network, interleaved in one run.

Machines are shared and noisy, so every figure that is compared is a ratio of medians from
calls that took turns. The denominator is the fastest compiled float32 forward pass of the
same batch: with XLA or without, whichever is quicker here.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from arncnn import config
from arncnn.explain import METHODS
from arncnn.explain.base import HeadPass
from arncnn.inference.reader import Reader
from arncnn.intake.scan import Scan
from arncnn.models.bundle import golden_images
from arncnn.preprocess import CT_WINDOWS, model_input

_WARM_UP = 20
_PAGE_WAIT_S = 60.0
_ROOT = config.ASSETS.parent  # where the dashboard is started


def latencies(repeats: int, *, with_server: bool = True) -> dict[str, Any]:
    """The figures of ``bench``, as one JSON object.

    Args:
        repeats: calls of each kind; they take turns and the medians are compared.
        with_server: also start the dashboard and time its first page.

    Returns:
        ``reading_to_forward_ratio`` (a picture), ``ct_reading_to_forward_ratio`` (its windows
        against a batch of as many), ``explanations_to_forward_ratio``, the milliseconds behind
        each, ``images_per_second``, ``augmentation_images_per_second``, and
        ``first_page_seconds``.
    """
    reader = Reader.open()
    result = _readings(reader, repeats)
    result["augmentation_images_per_second"] = _augmentation()
    if with_server:
        result["first_page_seconds"] = first_page_seconds()
    return {**result, "repeats": repeats, "model": vars(reader.bundle.identity)}


def _readings(reader: Reader, repeats: int) -> dict[str, Any]:
    picture = Scan(golden_images()[0].astype(np.float32), "0" * 64, "png")
    hounsfield = picture.pixels * 8 - 1000
    ct = Scan(hounsfield, "0" * 64, "dicom", is_hounsfield=True, attributes=MappingProxyType({}))
    one, windows = model_input(picture).images, model_input(ct).images
    bare, wide = fastest_forward(reader, one), fastest_forward(reader, windows)
    features = reader.forward(one)[0]

    def explain() -> None:
        head_pass = HeadPass(reader.head, features.conv_map)
        for method in METHODS.values():
            method.explain(head_pass)

    def whole(scan: Scan) -> None:
        reading = reader.read(scan)
        METHODS["grad_cam"].explain(HeadPass.of(reader.head, reading.features))

    found = interleaved(
        {
            "forward": bare,
            "reading": lambda: whole(picture),
            "explanations": explain,
            "forward_of_windows": wide,
            "ct_reading": lambda: whole(ct),
        },
        repeats,
    )
    batch = np.repeat(one, 64, axis=0)
    return {
        "reading_to_forward_ratio": found["reading"] / found["forward"],
        "ct_reading_to_forward_ratio": found["ct_reading"] / found["forward_of_windows"],
        "explanations_to_forward_ratio": found["explanations"] / found["forward"],
        "milliseconds": {name: 1000 * value for name, value in found.items()},
        "ct_windows": len(CT_WINDOWS),
        "images_per_second": 64 / interleaved({"b": lambda: reader.forward(batch)}, 5)["b"],
    }


def interleaved(calls: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Median seconds of each call, the calls taking turns after a warm-up."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(repeats + min(_WARM_UP, repeats)):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if turn >= min(_WARM_UP, repeats):
                times[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in times.items()}


def fastest_forward(reader: Reader, images: np.ndarray, repeats: int = 30) -> Callable[[], Any]:
    """The quickest of the ways to get the logits of these images alone, compiled."""
    import tensorflow as tf

    model = reader.bundle.network()
    tensor = tf.constant(images)
    plain = tf.function(lambda x: model(x, training=False)).get_concrete_function(tensor)
    xla = tf.function(lambda x: model(x, training=False), jit_compile=True)
    ways: dict[str, Callable[[], Any]] = {
        "plain": lambda: plain(tensor)[0].numpy(),
        "xla": lambda: xla(tensor)[0].numpy(),
    }
    found = interleaved(ways, repeats)
    return ways[min(found, key=lambda name: found[name])]


def _augmentation() -> float:
    from arncnn.data.appearance import randomize

    images = np.repeat(golden_images(), 32, axis=0)
    rng = np.random.default_rng(0)
    return len(images) / interleaved({"a": lambda: randomize(images, rng)}, 5)["a"]


def first_page_seconds() -> float:
    """Seconds from starting the dashboard's process to its first page being served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pages.ui", "--server.port", str(port),
               "--server.headless", "true", "--server.address", "127.0.0.1",
               "--no-token"]  # fmt: skip
    began = time.perf_counter()
    server = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ,
        cwd=_ROOT,
    )
    try:
        while time.perf_counter() - began < _PAGE_WAIT_S:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1):
                    return time.perf_counter() - began
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
    finally:
        server.terminate()
        server.wait()
    raise TimeoutError(f"The dashboard served no page within {_PAGE_WAIT_S:.0f} s.")
