"""Distribution: where a training step runs, on one device or spread over the GPUs of one machine.

On TensorFlow a MirroredStrategy holds one copy of the network a GPU and every batch is
dealt out among them; on JAX Keras's own data parallelism does the same. The batch size
stays the recipe's, so the result is that of one device up to batch statistics, which
each copy takes from its own share.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np

from arncnn.training.device import accelerators


class OneDevice:
    """The device Keras chooses by itself; what ``fit`` asks of any devices."""

    def scope(self) -> AbstractContextManager[Any]:
        """The context in which network and optimiser are made."""
        return nullcontext()

    def step(self, model: keras.Model, x: np.ndarray, y: Any, weight: Any) -> dict[str, float]:
        """One step on a batch; ``loss`` and ``accuracy`` of that batch.

        Args:
            model: compiled.
            x: images.
            y: targets, or a dict of them by output.
            weight: what each counts, as ``y``.
        """
        return _logs(model.train_on_batch(x, y, sample_weight=weight, return_dict=True))


class Mirrored(OneDevice):
    """Several devices of one machine under TensorFlow."""

    def __init__(self, devices: list[str]) -> None:
        import tensorflow as tf

        self._tf = tf
        self._strategy = tf.distribute.MirroredStrategy(devices)

    @property
    def count(self) -> int:
        """How many devices train."""
        return int(self._strategy.num_replicas_in_sync)

    def scope(self) -> AbstractContextManager[Any]:
        """Variables made in it live on every device."""
        scope: AbstractContextManager[Any] = self._strategy.scope()
        return scope

    def step(self, model: keras.Model, x: np.ndarray, y: Any, weight: Any) -> dict[str, float]:
        """One step, the batch dealt out; a batch smaller than the devices goes to each whole."""
        if model.train_function is None:
            model.make_train_function()
        model.reset_metrics()
        dealt = keras.tree.map_structure(self._deal, (x, y, weight))
        return _logs(model.train_function(iter([dealt])))

    def _deal(self, values: np.ndarray) -> Any:
        enough = len(values) >= self.count
        shares = np.array_split(values, self.count) if enough else [values] * self.count
        return self._strategy.experimental_distribute_values_from_function(
            lambda replica: self._tf.constant(shares[replica.replica_id_in_sync_group])
        )


def _logs(found: Any) -> dict[str, float]:
    """Keras's figures; accuracy is the classes', whatever else the network gives out."""
    named = {name: float(value) for name, value in found.items()}
    return {"accuracy": named.get("logits_accuracy", 0.0), **named}


def available() -> OneDevice:
    """All accelerators of this machine, or the one device there is."""
    devices = accelerators()
    if len(devices) < 2:
        return OneDevice()
    if keras.backend.backend() == "tensorflow":
        return Mirrored([device.upper() for device in devices])
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
    return OneDevice()
