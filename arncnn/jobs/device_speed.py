"""``python -m arncnn.jobs.device_speed``: compute on every device and print the result as JSON."""

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

_BATCH = 64  # of the robust recipe
_LEAST_S = 2.0
_LEAST_STEPS = 3


def main() -> int:
    """Print the devices that compute, and how fast the first of them trains and reads."""
    import keras

    from arncnn.models import recipe
    from arncnn.network import arn_cnn
    from arncnn.training.device import set_precision

    found: dict[str, Any] = {"backend": keras.backend.backend(), "devices": _proven(keras)}
    found["precision"] = set_precision()
    model = arn_cnn.build(recipe.ROBUST.hyper)
    model.compile("adamax", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(0)
    images = rng.random((_BATCH, 64, 64, 1)).astype(np.float32)
    targets = rng.integers(0, recipe.ROBUST.hyper.classes, _BATCH)
    found["training_images_per_second"] = _pace(lambda: model.train_on_batch(images, targets))
    found["reading_images_per_second"] = _pace(lambda: model.predict_on_batch(images))
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


def _pace(step: Callable[[], object]) -> float:
    step()  # the first compiles
    began, steps = time.perf_counter(), 0
    while steps < _LEAST_STEPS or time.perf_counter() - began < _LEAST_S:
        step()
        steps += 1
    return _BATCH * steps / (time.perf_counter() - began)


def _proven(keras: Any) -> list[dict[str, Any]]:
    """The accelerators on which a product of matrices came out right, else the processor."""
    names = [n for n in keras.distribution.list_devices() if not n.startswith("cpu")]
    proven: list[dict[str, Any]] = []
    for name in names:
        with keras.device(name):
            ones = keras.ops.ones((256, 256))
            total = float(keras.ops.sum(keras.ops.matmul(ones, ones)))
        if total == 256.0**3:
            proven.append({"kind": "gpu", **_details(keras, len(proven))})
    memory = psutil.virtual_memory().total
    return proven or [{"kind": "cpu", "title": _processor(), "memory_bytes": memory}]


def _details(keras: Any, number: int) -> dict[str, Any]:
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        card = tf.config.list_physical_devices("GPU")[number]
        told = tf.config.experimental.get_device_details(card)
        return {"title": told.get("device_name", "GPU"), "memory_bytes": None}
    if keras.backend.backend() == "jax":
        import jax

        device = jax.devices()[number]
        memory = (device.memory_stats() or {}).get("bytes_limit")
        return {"title": device.device_kind, "memory_bytes": memory}
    return {"title": "GPU", "memory_bytes": None}


def _processor() -> str:
    cpus = os.cpu_count() or 1
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {cpus} cores"


if __name__ == "__main__":
    sys.exit(main())
