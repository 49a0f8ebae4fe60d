"""Two rates: an optimiser that trains the last layer at the full rate and the others at a share.

A new last layer knows nothing, so its first gradients would undo what the layers before it have
learned. Scaling gradients would not do: Adam's kind of step does not depend on their scale.
"""

from typing import Any

import keras

_OF_THE_LAST_LAYER = 2  # its kernel and its bias


def with_two_rates(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The optimiser with a variable ``trunk_share`` that scales all steps but the last layer's.

    Args:
        optimizer: not built yet.
    """
    kind = type(optimizer)

    class TwoRates(kind):  # type: ignore[misc, valid-type]
        """Keras's optimiser of that kind with two rates."""

        def build(self, variables: list[Any]) -> None:
            super().build(variables)
            self.trunk_share = self.add_variable((), "ones", dtype="float32", name="trunk_share")
            self.first_of_last = len(variables) - _OF_THE_LAST_LAYER

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            rate = learning_rate
            if self._get_variable_index(variable) < self.first_of_last:
                share = keras.ops.cast(self.trunk_share, variable.dtype)
                rate = keras.ops.cast(rate, variable.dtype) * share
            super().update_step(gradient, variable, rate)

    made: keras.optimizers.Optimizer = TwoRates.from_config(optimizer.get_config())
    return made
