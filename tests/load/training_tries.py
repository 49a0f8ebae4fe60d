"""What was tried to make a training step of the paper's recipe quicker, in turns in one process.

``python -m tests.load.training_tries`` writes assets/measured/training-tries.json, of which
``python -m tests.load.chapter`` puts the ratios into ARCHITECTURE.md. Each way trains the same
network on the same batches; what counts is processor time an image, which other work on the
machine disturbs less than the time that passes, over that of a plain float32 ``model.fit``.
"""

import argparse
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import keras
import numpy as np
from keras import layers

from arncnn.experiments import targets
from arncnn.models.recipe import PAPER, ROBUST, Recipe
from arncnn.network import arn_cnn
from arncnn.training.distribution import OneDevice
from arncnn.training.examples import Examples, batches
from tests.load.__main__ import RESULT
from tests.load.training import drawn_examples

STORED = RESULT.with_name("training-tries.json")
_STEPS = 5  # of one turn
Turn = Callable[[], int]


def measure(rounds: int, seconds: float) -> dict[str, Any]:
    """Median processor and passing seconds an image of every way, as far as the time goes."""
    until = time.monotonic() + seconds
    examples = drawn_examples()
    found: dict[str, dict[str, list[float]]] = {}
    failed: dict[str, str] = {}
    ways: dict[str, Turn] = {}
    for name, make in _WAYS.items():
        try:
            ways[name] = make(examples)
            ways[name]()  # compiles
        except Exception as error:  # noqa: BLE001 - what a backend cannot do is a result
            ways.pop(name, None)
            failed[name] = str(error).strip().splitlines()[0][:160]
    done = 0
    while done < rounds and (done == 0 or time.monotonic() < until):
        done += 1
        for name, train in ways.items():
            began, used = time.perf_counter(), time.process_time()
            images = train()
            each = found.setdefault(name, {"passed_s": [], "processor_s": []})
            each["processor_s"].append((time.process_time() - used) / images)
            each["passed_s"].append((time.perf_counter() - began) / images)
    medians = {
        name: {key: statistics.median(values) for key, values in each.items()}
        for name, each in found.items()
    }
    plain = medians["plain"]
    return {
        "machine": targets.machine(),
        "rounds": done,
        "steps": _STEPS,
        "seconds_an_image": medians,
        "against_plain": {
            name: {key: plain[key] / value for key, value in each.items()}
            for name, each in medians.items()
        },
        "failed": failed,
    }


@contextmanager
def _policy(name: str) -> Any:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _compiled(precision: str, *, jit: bool = False, **more: Any) -> keras.Model:
    with _policy(precision):
        model = arn_cnn.build(PAPER.hyper)
        model.compile(
            keras.optimizers.Adamax(PAPER.learning_rate),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
            jit_compile=jit,
            **more,
        )
    return model


def _fit(precision: str, **options: Any) -> Callable[[Examples], Turn]:
    def make(examples: Examples) -> Turn:
        import tensorflow as tf

        model = _compiled(precision, **options)
        images = examples.images[..., None].astype(np.float32) / 255
        arrays = tf.data.Dataset.from_tensor_slices((images, examples.targets))
        ready = arrays.repeat().batch(PAPER.batch_size).prefetch(2)

        def turn() -> int:
            model.fit(ready, steps_per_epoch=_STEPS, verbose=0)
            return _STEPS * PAPER.batch_size

        return turn

    return make


def _ours(
    precision: str, recipe: Recipe = PAPER, *, build: Any = None, jit: bool = False
) -> Callable[[Examples], Turn]:
    def make(examples: Examples) -> Turn:
        with patch.object(arn_cnn, "attention", build or arn_cnn.attention):
            model = _compiled(precision, jit=jit)
        device = OneDevice()
        stream = itertools.chain.from_iterable(
            batches(examples, recipe, 0, epoch) for epoch in itertools.count(1)
        )

        def turn() -> int:
            taken = 0
            for x, y, weight in itertools.islice(stream, _STEPS):
                device.step(model, x, y, weight)
                taken += len(x)
            return taken

        return turn

    return make


def _by_products(x: Any, hyper: Any, name: str) -> Any:
    """The attention module with its 1 x 1 convolutions as matrix products over the channels."""
    channels = x.shape[-1]
    maps = 1 if hyper.attention == "spatial" else channels
    features = layers.Dense(channels // 2, hyper.conv_activation, name=f"{name}_features")(x)
    weights = layers.Dense(maps, activation="sigmoid", name=f"{name}_map")(features)
    return layers.Multiply(name=name)([x, weights])


def _without(x: Any, _hyper: Any, _name: str) -> Any:
    """No attention: no way to train, but it says what attention costs."""
    return x


def _forward(examples: Examples) -> Turn:
    """The pass alone, without gradients and update."""
    import tensorflow as tf

    model = _compiled("mixed_bfloat16")
    images = tf.constant(examples.images[: PAPER.batch_size, ..., None].astype(np.float32) / 255)
    call = tf.function(lambda x: model(x, training=True))

    def turn() -> int:
        for _ in range(_STEPS):
            call(images).numpy()
        return _STEPS * PAPER.batch_size

    return turn


def _prepared(recipe: Recipe) -> Callable[[Examples], Turn]:
    """The batches alone, without a network."""

    def make(examples: Examples) -> Turn:
        stream = itertools.chain.from_iterable(
            batches(examples, recipe, 0, epoch) for epoch in itertools.count(1)
        )

        def turn() -> int:
            return sum(len(x) for x, _, _ in itertools.islice(stream, 4 * _STEPS))

        return turn

    return make


_WAYS: dict[str, Callable[[Examples], Turn]] = {
    "plain": _fit("float32", jit=False),
    "plain_bfloat16": _fit("mixed_bfloat16", jit=False),
    "ours": _ours("mixed_bfloat16"),
    "ours_robust": _ours("mixed_bfloat16", ROBUST),
    "ours_float32": _ours("float32"),
    "products": _ours("mixed_bfloat16", build=_by_products),
    "xla": _ours("mixed_bfloat16", jit=True),
    "xla_float32": _ours("float32", jit=True),
    "without_attention": _ours("mixed_bfloat16", build=_without),
    "forward": _forward,
    "batches_paper": _prepared(PAPER),
    "batches_robust": _prepared(ROBUST),
}


def main() -> int:
    """Measures and stores; 0 when done."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.training_tries")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=600.0, help="no round begins after it")
    parser.add_argument("--out", type=Path, default=STORED)
    asked = parser.parse_args()
    found = {"cores": os.cpu_count(), **measure(asked.rounds, asked.seconds)}
    asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    json.dump(found, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
