"""trained: one row of the comparison, trained within its budget and measured."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from scipy.special import log_softmax

from arncnn import views
from arncnn.comparison.budget import Budget
from arncnn.comparison.floors import corrupted_sample
from arncnn.comparison.result import RunResult
from arncnn.comparison.rows import Row
from arncnn.data import Dataset
from arncnn.data.splits import Split
from arncnn.errors import TrainingError
from arncnn.evaluation.corruptions import corruption_suite
from arncnn.preprocess import normalize
from arncnn.training.examples import Examples
from arncnn.training.fit import Run, fit, forward, log_loss

_SUBSET_SEED = 0
_TIMED_CALLS = 30


@dataclass(frozen=True, eq=False)
class ExternalScan:
    """A scan from elsewhere: its views, float32 (views, 64, 64, 1), and its true column."""

    images: np.ndarray
    target: int


def train_row(
    row: Row,
    seed: int,
    budget: Budget,
    dataset: Dataset,
    split: Split,
    external: Sequence[ExternalScan],
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
        external: scans from elsewhere, or none.
        run_dir: of its checkpoints; a run there goes on.
        on_event: told how it goes.
    """
    if row.recipe is None:
        raise TrainingError(f"The row {row.key} is not trained.")
    recipe = replace(row.recipe, epochs=budget.epochs).with_classes(len(dataset.labels))
    learn = np.random.default_rng(_SUBSET_SEED).permutation(split.train)[: budget.images]
    watched = split.validation[: budget.validation_images]
    weights = np.ones(len(dataset), np.float32)
    keras.backend.clear_session()  # the row before leaves its graphs behind
    try:
        run = fit(
            recipe,
            Examples(dataset.images, dataset.targets, weights, learn),
            Examples(dataset.images, dataset.targets, weights, watched),
            run_dir,
            seed=seed,
            on_event=on_event,
        )
    except TrainingError as error:
        return RunResult(row.key, seed, failed=str(error))
    return _measured(row.key, seed, run, budget, dataset, split, external)


def _measured(
    key: str,
    seed: int,
    run: Run,
    budget: Budget,
    dataset: Dataset,
    split: Split,
    external: Sequence[ExternalScan],
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
        log_loss=log_loss(logits, targets),
        corruption_accuracy=float(np.mean([result.accuracy.value for result in suite])),
        external_accuracy=_external_accuracy(run.model, external),
        losses=tuple(record.loss for record in run.history),
        validation_accuracy=tuple(record.v_acc for record in run.history),
        parameters=run.model.count_params(),
        milliseconds=_milliseconds(run.model, dataset.images[test[:1]]),
        training_s=sum(record.duration_s for record in run.history),
    )


def _external_accuracy(model: Any, scans: Sequence[ExternalScan]) -> float | None:
    """Mean over the classes; the views of a CT vote alike."""
    if not scans:
        return None
    logits = np.asarray(model.predict(np.concatenate([s.images for s in scans]), verbose=0))
    right: dict[int, list[bool]] = {}
    start = 0
    for scan in scans:
        seen = logits[start : start + len(scan.images)]
        start += len(scan.images)
        voted = views.combine(log_softmax(seen, axis=1), views.weights(None, len(seen)))
        right.setdefault(scan.target, []).append(int(voted.argmax()) == scan.target)
    return float(np.mean([np.mean(found) for found in right.values()]))


def _milliseconds(model: Any, images: np.ndarray) -> float:
    """Median time of one image through the compiled network."""
    shown = normalize(np.asarray(images))
    call = _compiled(model)
    times = []
    for _ in range(_TIMED_CALLS + 3):
        began = time.perf_counter()
        np.asarray(call(shown))
        times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times[3:])  # the first calls compile


def _compiled(model: Any) -> Callable[[np.ndarray], Any]:
    if keras.backend.backend() != "tensorflow":
        predict: Callable[[np.ndarray], Any] = model.predict_on_batch
        return predict
    import tensorflow as tf

    return tf.function(lambda images: model(images, training=False))  # type: ignore[no-any-return]
