"""One row of the comparison, trained within its budget and measured."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from scipy.special import log_softmax

from arncnn.data import Dataset
from arncnn.data.splits import Split
from arncnn.errors import TrainingError
from arncnn.evaluation.corruptions import corruption_suite
from arncnn.experiments.comparison import external_scans
from arncnn.experiments.comparison.baselines import corrupted_sample
from arncnn.experiments.comparison.budget import Budget
from arncnn.experiments.comparison.result import RunResult
from arncnn.experiments.comparison.rows import Row
from arncnn.preprocess import normalize
from arncnn.training.examples import Examples
from arncnn.training.fit import Run, fit, forward
from arncnn.uncertainty.temperature import negative_log_likelihood

_SUBSET_SEED = 0
_TIMED_CALLS = 30


def train_row(
    row: Row,
    seed: int,
    budget: Budget,
    dataset: Dataset,
    split: Split,
    external: Sequence[external_scans.ExternalScan],
    run_dir: Path,
    on_event: Callable[[dict[str, Any]], None],
) -> RunResult:
    """Train one row with one seed and measure it; a training that breaks down says why.

    Args:
        row: what.
        seed: of weights, order and dropout; all rows see the same images.
        budget: how much.
        dataset: the images.
        split: train, validation and test.
        external: external scans, or none.
        run_dir: of its checkpoints; a run there goes on.
        on_event: told how it goes.
    """
    if row.recipe is None:
        raise TrainingError(f"The row {row.key} has not been trained.")
    recipe = replace(row.recipe, epochs=budget.epochs).with_classes(len(dataset.labels))
    learn = np.random.default_rng(_SUBSET_SEED).permutation(split.train)[: budget.images]
    watched = split.validation[: budget.validation_images]
    weights = np.ones(len(dataset), np.float32)
    keras.backend.clear_session()  # the row before leaves its graphs behind
    clock = _Clock(on_event)
    try:
        run = fit(
            recipe,
            Examples(dataset.images, dataset.targets, weights, learn),
            Examples(dataset.images, dataset.targets, weights, watched),
            run_dir,
            seed=seed,
            on_event=clock,
        )
    except TrainingError as error:
        return RunResult(row.key, seed, failed=str(error))
    measured = _measured(row.key, seed, run, budget, dataset, split, external)
    return replace(
        measured, training_core_s=clock.core_s(len(run.history)), precision=clock.precision
    )


class _Clock:
    """Passes events on, and notes what each epoch cost this process on all its cores."""

    def __init__(self, on_event: Callable[[dict[str, Any]], None]) -> None:
        self.precision: str | None = None
        self._on_event = on_event
        self._read: list[float] = []  # at the start, then after every epoch

    def __call__(self, event: dict[str, Any]) -> None:
        if event["event"] == "start":
            self.precision = event["precision"]
        if event["event"] in ("start", "epoch"):
            self._read.append(time.process_time())
        self._on_event(event)

    def core_s(self, epochs: int) -> float | None:
        """Of so many epochs; those before a stop cost as much as those after it."""
        spent = np.diff(self._read)
        return float(spent.mean() * epochs) if len(spent) else None


def _measured(
    key: str,
    seed: int,
    run: Run,
    budget: Budget,
    dataset: Dataset,
    split: Split,
    external: Sequence[external_scans.ExternalScan],
) -> RunResult:
    test = np.sort(split.test)
    logits = forward(run.model, dataset.images[test])
    targets = dataset.targets[test]
    shown = corrupted_sample(test, budget.corruption_images)
    suite = corruption_suite(
        lambda images: forward(run.model, images).argmax(axis=1),
        np.asarray(dataset.images[shown]),
        dataset.targets[shown],
    )
    return RunResult(
        key,
        seed,
        n=len(test),
        errors=int(np.sum(logits.argmax(axis=1) != targets)),
        log_loss=negative_log_likelihood(logits, targets),
        corruption_accuracy=float(np.mean([result.accuracy.value for result in suite])),
        external_accuracy=external_scans.accuracy(
            external, lambda images: log_softmax(run.model.predict_on_batch(images), axis=1)
        ),
        losses=tuple(record.loss for record in run.history),
        validation_accuracy=tuple(record.v_acc for record in run.history),
        parameters=run.model.count_params(),
        milliseconds=_milliseconds(run.model, dataset.images[test[:1]]),
    )


def _milliseconds(model: Any, images: np.ndarray) -> float:
    """One image through the compiled network; the fastest call is the least disturbed one."""
    shown = normalize(np.asarray(images))
    call = _compiled(model)
    times = []
    for _ in range(_TIMED_CALLS):
        began = time.perf_counter()
        np.asarray(call(shown))
        times.append(time.perf_counter() - began)
    return 1000 * min(times)


def _compiled(model: Any) -> Callable[[np.ndarray], Any]:
    if keras.backend.backend() != "tensorflow":
        predict: Callable[[np.ndarray], Any] = model.predict_on_batch
        return predict
    import tensorflow as tf

    return tf.function(lambda images: model(images, training=False))  # type: ignore[no-any-return]
