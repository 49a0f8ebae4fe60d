"""EpochMeans: loss and accuracy of an epoch so far, and the events that tell of them."""

import math
import time
from collections.abc import Callable, Mapping

from arncnn.errors import TrainingError
from arncnn.progress import Event

_EVENT_EVERY_S = 0.5  # how often a step is reported


class EpochMeans:
    """Means over the images of an epoch."""

    def __init__(self, epoch: int, steps: int, on_event: Callable[[Event], object]) -> None:
        """Begin an epoch.

        Args:
            epoch: from 1.
            steps: that it has.
            on_event: told about twice a second, and of the last step.
        """
        self._epoch, self._steps, self._on_event = epoch, steps, on_event
        self._began = self._reported = time.perf_counter()
        self._step = self._images = 0
        self._loss = self._right = 0.0

    def add(self, images: int, logs: Mapping[str, float]) -> None:
        """Count a step.

        Args:
            images: of its batch.
            logs: "loss" and "accuracy" of that batch.

        Raises:
            TrainingError: the loss is no longer a number.
        """
        self._step += 1
        self._images += images
        self._loss += logs["loss"] * images
        self._right += logs["accuracy"] * images
        now = time.perf_counter()
        if now - self._reported >= _EVENT_EVERY_S or self._step == self._steps:
            self._reported = now
            self._on_event(
                {"event": "step", "epoch": self._epoch, "step": self._step, "steps": self._steps,
                 "loss": self.loss, "accuracy": 100 * self.accuracy,
                 "images_per_second": self._images / self.duration_s}
            )  # fmt: skip
        if not math.isfinite(self._loss):
            raise TrainingError(
                f"The loss became non-finite in epoch {self._epoch}; the learning rate may "
                "be too high. The model in service is untouched."
            )

    @property
    def loss(self) -> float:
        """Mean training loss, penalty included."""
        return self._loss / self._images

    @property
    def accuracy(self) -> float:
        """Training accuracy, 0 to 1."""
        return self._right / self._images

    @property
    def duration_s(self) -> float:
        """Seconds since the epoch began."""
        return time.perf_counter() - self._began
