"""fit: train a network from a recipe, so that a kill at any moment loses at most an epoch.

An epoch depends on seed, epoch number and the state at its start alone. So the run that
is killed and started again on the same folder ends with the same weights and history.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from arncnn.errors import TrainingError
from arncnn.files import write_durably
from arncnn.models.recipe import Recipe
from arncnn.models.training_history import EpochRecord, from_json, to_csv
from arncnn.network import arn_cnn, baselines, known, mqcnn
from arncnn.progress import Event
from arncnn.training import checkpoint as checkpoints
from arncnn.training import dwell
from arncnn.training.control import Control, CosineControl, DwellControl
from arncnn.training.device import set_deterministic, set_precision
from arncnn.training.distribution import OneDevice
from arncnn.training.epoch_means import EpochMeans
from arncnn.training.examples import Examples, batches
from arncnn.training.two_rates import with_two_rates
from arncnn.training.validation import forward
from arncnn.uncertainty.temperature import negative_log_likelihood


@dataclass(frozen=True, eq=False)
class Run:
    """A finished training.

    Attributes:
        model: the network with its final weights.
        history: one record an epoch.
        stopped: whether it was asked to stop early.
    """

    model: keras.Model
    history: list[EpochRecord]
    stopped: bool = False


def fit(
    recipe: Recipe,
    examples: Examples,
    validation: Examples,
    run_dir: Path,
    *,
    seed: int = 0,
    initial_weights: Path | None = None,
    replicas: OneDevice | None = None,
    on_event: Callable[[Event], object] = lambda event: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Train, or go on training, in a run's folder.

    Args:
        recipe: how.
        examples: what to train on.
        validation: what the control watches.
        run_dir: holds the checkpoints and ``history.csv``; an unfinished run there goes on.
        seed: of weights, order, appearance and dropout.
        initial_weights: a ``.weights.h5`` to start from instead of random weights.
        replicas: the devices; None lets Keras choose one.
        on_event: told of every epoch, and of steps about twice a second.
        should_stop: asked after every step; True ends the run with the best weights so far.

    Returns:
        The network with the weights that count, and its history.

    Raises:
        TrainingError: nothing to train on, the loss is no longer a number, or the folder holds
            a run of another recipe or seed.
    """
    images = examples.an_epoch(recipe.replay)
    if images == 0 or validation.an_epoch() == 0:
        raise TrainingError(
            "There is nothing to train on: the training or validation part is empty."
        )
    run_dir.mkdir(parents=True, exist_ok=True)
    _check_same_run(run_dir, recipe, seed, images)
    policy = set_precision()
    set_deterministic(seed)
    devices = replicas or OneDevice()
    with devices.scope():
        training = _Training(recipe, images, initial_weights, devices)
    stored = checkpoints.load(run_dir)
    if stored is not None:
        training.restore(stored)
    on_event(
        {"event": "start", "epoch": training.epoch, "epochs": recipe.epochs, "precision": policy,
         "images": images, "parameters": training.model.count_params()}
    )  # fmt: skip
    stopped = False
    while not training.finished and not stopped:
        stopped = training.run_epoch(examples, validation, seed, on_event, should_stop)
        if not stopped:
            checkpoints.save(run_dir, training.checkpoint())
            history = to_csv(training.history).encode()
            write_durably(run_dir / "history.csv", history, is_private=False)
            row = asdict(training.history[-1])
            on_event({**row, "event": "epoch", "control": row["event"]})
    training.model.set_weights(training.control.best)
    return Run(training.model, training.history, stopped)


def build(recipe: Recipe) -> keras.Model:
    """The untrained network a recipe names."""
    if recipe.network == "resnet50":
        return baselines.resnet50(recipe.hyper.classes)
    if recipe.network == "mqcnn":
        return mqcnn.mqcnn(recipe.hyper.classes)
    return arn_cnn.build(recipe.hyper)


def _check_same_run(run_dir: Path, recipe: Recipe, seed: int, images: int) -> None:
    described = {"recipe": recipe.to_json(), "seed": seed, "images": images}
    file = run_dir / "run.json"
    if not file.exists():
        write_durably(file, json.dumps(described, indent=1).encode(), is_private=False)
    elif json.loads(file.read_text(encoding="utf-8")) != described:
        raise TrainingError(
            "This folder holds a run with another recipe, seed or data; choose a new one."
        )


class _Training:
    """The changing state of one training: network, optimiser, control, history."""

    def __init__(
        self, recipe: Recipe, images: int, initial_weights: Path | None, devices: OneDevice
    ) -> None:
        self.recipe, self.devices = recipe, devices
        self.model = build(recipe)
        if initial_weights is not None:
            self.model.load_weights(initial_weights)
        if recipe.outliers:
            self.model = known.with_known(self.model)
        averaging = {"use_ema": True, "ema_momentum": recipe.average} if recipe.average else {}
        self.optimizer = keras.optimizers.get(
            {"class_name": recipe.optimizer,
             "config": {"learning_rate": recipe.learning_rate, **averaging}}
        )  # fmt: skip
        if recipe.is_transfer:
            self.optimizer = with_two_rates(self.optimizer)
        of_classes: Any = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        watched: Any = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
        if recipe.outliers:
            is_known = keras.losses.BinaryCrossentropy(from_logits=True)
            of_classes = {"logits": of_classes, known.OUTPUT: is_known}
            watched = {"logits": watched}
        self.model.compile(self.optimizer, of_classes, weighted_metrics=watched)
        self.optimizer.build(self.model.trainable_variables)
        self.steps = math.ceil(images / recipe.of_classes)
        self.history: list[EpochRecord] = []
        self.state = dwell.DwellState(recipe.learning_rate)
        self.control: Control = (
            DwellControl(self.model)
            if recipe.control == "dwell"
            else CosineControl(self.model, recipe, self.steps)
        )

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.history)

    @property
    def finished(self) -> bool:
        """Whether the recipe's end is reached."""
        return self.control.is_over or self.epoch >= self.recipe.epochs

    def run_epoch(
        self,
        examples: Examples,
        validation: Examples,
        seed: int,
        on_event: Callable[[Event], object],
        should_stop: Callable[[], bool],
    ) -> bool:
        """Train one epoch and let the control decide; True when asked to stop on the way."""
        epoch, recipe = self.epoch + 1, self.recipe
        means = EpochMeans(epoch, self.steps, on_event)
        learning_rate = recipe.learning_rate
        if recipe.is_transfer:
            self.optimizer.trunk_share.assign(recipe.trunk_share(epoch))
        for step, (x, y, weight) in enumerate(batches(examples, recipe, seed, epoch), 1):
            learning_rate = self.control.before_step(epoch, step)
            means.add(len(x), self.devices.step(self.model, x, y, weight))
            if should_stop():
                return True
        self._end_epoch(means, learning_rate, validation)
        return False

    def _end_epoch(self, means: EpochMeans, learning_rate: float, validation: Examples) -> None:
        self.control.before_validation()
        logits = forward(self.model, validation.images[validation.rows])
        targets = validation.targets[validation.rows]
        penalty = sum(float(value) for value in self.model.losses)
        v_log_loss = negative_log_likelihood(logits, targets)
        v_loss = v_log_loss + penalty
        decision = dwell.decide(self.state, self.epoch + 1, means.accuracy, v_loss)
        self.state = decision.state
        event, next_lr = self.control.after_epoch(decision, learning_rate)
        self.history.append(
            EpochRecord(
                epoch=self.epoch + 1,
                loss=means.loss,
                accuracy=100 * means.accuracy,
                v_loss=v_loss,
                v_acc=100 * float(np.mean(logits.argmax(1) == targets)),
                lr=learning_rate,
                next_lr=next_lr,
                monitor=decision.monitor,
                improvement_percent=decision.improvement_percent,
                duration_s=means.duration_s,
                event=event,
                v_log_loss=v_log_loss,
            )
        )

    def _state_variables(self) -> list[Any]:
        metrics = {id(variable) for variable in self.model.metrics_variables}
        kept = [v for v in self.model.variables if id(v) not in metrics]
        return kept + list(self.optimizer.variables)

    def checkpoint(self) -> checkpoints.Checkpoint:
        """All that ``restore`` needs."""
        arrays = {
            f"v{number}": np.array(keras.ops.convert_to_numpy(variable.value))
            for number, variable in enumerate(self._state_variables())
        }
        arrays |= {f"best{number}": value for number, value in enumerate(self.control.best)}
        state = {
            "history": [asdict(record) for record in self.history],
            "control": asdict(self.state),
            "ended": self.control.is_over,
        }
        return checkpoints.Checkpoint(arrays, state)

    def restore(self, stored: checkpoints.Checkpoint) -> None:
        """Go back to the state a checkpoint holds."""
        for number, variable in enumerate(self._state_variables()):
            variable.assign(stored.arrays[f"v{number}"])
        best = range(len(self.control.best))
        self.control.best = [stored.arrays[f"best{number}"] for number in best]
        self.history = from_json(stored.state["history"])
        self.state = dwell.DwellState(**stored.state["control"])
        self.control.is_over = stored.state["ended"]
