"""Control: what sets the learning rate and decides which weights count, one class a way.

Keras's own callbacks would change every figure: on TensorFlow ``SwapEMAWeights`` swaps by adding
and subtracting, which rounds; ``fit`` takes an epoch's means in float32, and ``CosineDecay`` the
rate, and then the optimiser keeps none, so no checkpoint of an earlier version could be read.
"""

import math

import keras
import numpy as np

from arncnn.models.recipe import Recipe
from arncnn.training.dwell import Decision


class Control:
    """What a training asks before each step and after each epoch.

    Attributes:
        best: the weights that count so far; part of every checkpoint.
        is_over: whether the training has ended before the recipe's last epoch.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model, self.best, self.is_over = model, copied_weights(model), False

    def before_step(self, epoch: int, step: int) -> float:
        """Set the learning rate of a step, both counted from 1, and give it."""
        return float(self._model.optimizer.learning_rate)

    def before_validation(self) -> None:
        """Put those weights into the network that validation is to judge."""

    def after_epoch(self, decision: Decision, learning_rate: float) -> tuple[str, float]:
        """Keep the best weights and put in those to go on from.

        Args:
            decision: of the dwell state machine over this epoch.
            learning_rate: of the epoch's last step.

        Returns:
            The history's word for what happened, and the learning rate of the next epoch.
        """
        raise NotImplementedError


class DwellControl(Control):
    """The paper's: halves the learning rate and goes back to the best weights, see ``dwell``."""

    def after_epoch(self, decision: Decision, learning_rate: float) -> tuple[str, float]:
        """Keep what improved, else go back."""
        self.is_over, next_rate = decision.stop, decision.state.learning_rate
        self._model.optimizer.learning_rate = next_rate
        if decision.improved:
            self.best = copied_weights(self._model)
            return "best", next_rate
        if decision.restore:
            self._model.set_weights(self.best)
        return "dwell" if decision.restore else "reduced", next_rate


class CosineControl(Control):
    """Down to zero over all steps; the weights' running mean, where there is one, counts."""

    def __init__(self, model: keras.Model, recipe: Recipe, steps: int) -> None:
        super().__init__(model)
        self._recipe, self._steps, self._own = recipe, steps, self.best

    def before_step(self, epoch: int, step: int) -> float:
        """By the share of all steps that are done with this one."""
        done = ((epoch - 1) * self._steps + step) / (self._recipe.epochs * self._steps)
        rate = self._recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
        self._model.optimizer.learning_rate = rate
        return rate

    def before_validation(self) -> None:
        """The running mean is judged."""
        self._own = copied_weights(self._model)
        self._model.optimizer.finalize_variable_values(self._model.trainable_variables)

    def after_epoch(self, decision: Decision, learning_rate: float) -> tuple[str, float]:
        """The mean counts; training goes on from the weights themselves."""
        self.best = copied_weights(self._model)
        self._model.set_weights(self._own)
        return "best" if decision.improved else "", learning_rate


def copied_weights(model: keras.Model) -> list[np.ndarray]:
    """The weights as they are now."""
    return [np.array(value) for value in model.get_weights()]
