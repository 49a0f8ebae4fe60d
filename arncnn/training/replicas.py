"""Replicas: where a training step runs. One device here; adapters elsewhere know several."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import keras
import numpy as np


class Replicas(Protocol):
    """What ``fit`` needs of the devices it trains on."""

    def scope(self) -> AbstractContextManager[Any]:
        """The context in which network and optimiser are made."""
        ...

    def step(
        self, model: keras.Model, x: np.ndarray, y: np.ndarray, weight: np.ndarray
    ) -> dict[str, float]:
        """One step on a batch; ``loss`` and ``accuracy`` of that batch."""
        ...


class OneDevice:
    """The device Keras chooses by itself."""

    def scope(self) -> AbstractContextManager[Any]:
        """Nothing to set up."""
        return nullcontext()

    def step(
        self, model: keras.Model, x: np.ndarray, y: np.ndarray, weight: np.ndarray
    ) -> dict[str, float]:
        """One step on the whole batch."""
        logs = model.train_on_batch(x, y, sample_weight=weight, return_dict=True)
        return {name: float(value) for name, value in logs.items()}
