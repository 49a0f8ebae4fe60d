"""Training images a second: ours, plain ``model.fit`` on image files, and PyTorch, side by side.

``python -m tests.load.training`` lets all of them take steps in turn, in one process and on the
same cores, and adds the medians to assets/measured/load.json. The files are read as in the
paper's years, by Keras's ImageDataGenerator. PyTorch takes part where it is installed.
"""

import argparse
import importlib.util
import itertools
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np

from arncnn import data
from arncnn.models.recipe import PAPER, ROBUST, Recipe
from arncnn.network import arn_cnn
from arncnn.training.device import set_precision
from arncnn.training.distribution import OneDevice
from arncnn.training.examples import Examples, batches
from tests.drawings import phantoms
from tests.load import stored
from tests.load.__main__ import RESULT

_STEPS = 15  # of one turn
_IMAGES = 2400
_NOISE = 12.0
Turn = Callable[[], int]  # trains for a moment, gives how many images it used


def measure(rounds: int) -> dict[str, Any]:
    """Median images a second of every way; the first round warms up and does not count."""
    examples = drawn_examples()
    with tempfile.TemporaryDirectory() as name:
        files = _written(Path(name), examples)
        keras.config.set_dtype_policy("float32")
        ways: dict[str, Turn] = {"model_fit_on_files": _plain_fit(files)}
        if importlib.util.find_spec("torch"):
            ways["pytorch_float32"] = _pytorch(examples)
        precision = set_precision()
        ways["ours_paper_recipe"] = _ours(PAPER, examples)
        ways["ours_robust_recipe"] = _ours(ROBUST, examples)
        seen: dict[str, list[float]] = {way: [] for way in ways}
        for turn in range(rounds + 1):
            for way, train in ways.items():
                began = time.perf_counter()
                images = train()
                if turn:
                    seen[way].append(images / (time.perf_counter() - began))
    rates = {way: statistics.median(values) for way, values in seen.items()}
    return {
        "cores": os.cpu_count(),
        "rounds": rounds,
        "our_precision": precision,
        "images_per_second": rates,
        "our_paper_recipe_against": {
            way: rates["ours_paper_recipe"] / rate
            for way, rate in rates.items()
            if not way.startswith("ours")
        },
    }


def drawn_examples() -> Examples:
    """Images of the data set where it is here, else phantoms with noise."""
    rng = np.random.default_rng(0)
    dataset = data.prepared()
    if dataset is not None:
        rows = np.sort(rng.choice(len(dataset.targets), _IMAGES, replace=False))
        images, targets = np.asarray(dataset.images[rows]), dataset.targets[rows]
    else:
        drawn = [cv2.resize(draw(), (64, 64)) for draw in phantoms.PHANTOMS.values()]
        targets = rng.integers(0, len(drawn), _IMAGES)
        noisy = np.stack(drawn)[targets] + rng.normal(0, _NOISE, (_IMAGES, 64, 64))
        images = noisy.clip(0, 255).astype(np.uint8)
    return Examples(images, targets, np.ones(_IMAGES, np.float32), np.arange(_IMAGES))


def _written(folder: Path, examples: Examples) -> Path:
    for number, (image, target) in enumerate(zip(examples.images, examples.targets, strict=True)):
        (folder / str(target)).mkdir(exist_ok=True)
        cv2.imwrite(str(folder / str(target) / f"{number:06}.jpeg"), image)
    return folder


def _compiled(recipe: Recipe) -> keras.Model:
    model = arn_cnn.build(recipe.hyper)
    model.compile(
        keras.optimizers.Adamax(recipe.learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return model


def _plain_fit(folder: Path) -> Turn:
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        folder, (64, 64), "grayscale", class_mode="sparse", batch_size=PAPER.batch_size
    )
    model = _compiled(PAPER)

    def turn() -> int:
        model.fit(flow, steps_per_epoch=_STEPS, verbose=0)
        return _STEPS * PAPER.batch_size

    return turn


def _ours(recipe: Recipe, examples: Examples) -> Turn:
    model, device = _compiled(recipe), OneDevice()
    stream = _endless(recipe, examples)

    def turn() -> int:
        images = 0
        for x, y, weight in itertools.islice(stream, _STEPS):
            if not math.isfinite(device.step(model, x, y, weight)["loss"]):
                raise RuntimeError("the loss is no number: this measured no training")
            images += len(x)
        return images

    return turn


def _pytorch(examples: Examples) -> Turn:
    from tests.load.torch_network import Trainer

    hyper = PAPER.hyper
    trainer = Trainer(hyper.classes, hyper.dropout, hyper.l1, hyper.l2, PAPER.learning_rate)
    keras_network = arn_cnn.build(hyper)
    ours = sum(int(np.prod(variable.shape)) for variable in keras_network.trainable_variables)
    if trainer.parameters != ours:
        raise RuntimeError(f"not the same network: {trainer.parameters} parameters, not {ours}")
    stream = _endless(PAPER, examples)

    def turn() -> int:
        images = 0
        for x, y, _ in itertools.islice(stream, _STEPS):
            trainer.step(x, y)
            images += len(x)
        return images

    return turn


def _endless(recipe: Recipe, examples: Examples) -> Iterator[tuple[np.ndarray, ...]]:
    for epoch in itertools.count(1):
        yield from batches(examples, replace(recipe, plain_share=0.0, replay=None), 0, epoch)


def main() -> int:
    """Measures and stores; 0 when done."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.training", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    found = measure(asked.rounds)
    stored.add(asked.out, {"training": found})
    json.dump(found, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
