"""The paper's learning-rate control, with its "dwell": a pure state machine.

After each epoch one figure is watched: training accuracy while that is under 0.9,
validation loss from then on (the switch is ours, after the known callback of this
kind). Where it improves, the weights are kept as the best. Where it does not, the
learning rate is halved and the weights go back to the best: the network dwells there.
Three reductions in a row without an improvement end the training.
"""

from dataclasses import dataclass, replace

ACCURACY_SWITCH = 0.9
FACTOR = 0.5
PATIENCE = 1  # epochs without improvement before a reduction
STOP_PATIENCE = 3  # reductions in a row before the end


@dataclass(frozen=True)
class DwellState:
    """All the control remembers between epochs; part of every checkpoint."""

    learning_rate: float
    best_accuracy: float = 0.0
    best_v_loss: float = float("inf")
    waited: int = 0
    reductions: int = 0
    best_epoch: int = 0


@dataclass(frozen=True)
class Decision:
    """What happens after an epoch.

    Attributes:
        monitor: "accuracy" or "val_loss": the figure that was watched.
        improvement_percent: change of that figure against the best before, in percent;
            0 in the first epoch, as in the paper's Table 1.
        improved: keep these weights as the best.
        restore: send the weights back to the best (a dwell).
        stop: end the training.
        state: what to remember.
    """

    monitor: str
    improvement_percent: float
    improved: bool
    restore: bool
    stop: bool
    state: DwellState


def decide(state: DwellState, epoch: int, accuracy: float, v_loss: float) -> Decision:
    """The control's decision after an epoch.

    Args:
        state: what it remembers.
        epoch: the epoch that ended, from 1.
        accuracy: training accuracy of the epoch, 0 to 1.
        v_loss: validation loss after the epoch.

    Returns:
        The decision; its ``state`` carries the learning rate of the next epoch.
    """
    monitor = "accuracy" if accuracy < ACCURACY_SWITCH else "val_loss"
    if monitor == "accuracy":
        best, value, improved = state.best_accuracy, accuracy, accuracy > state.best_accuracy
        change = (value - best) / best if best > 0 else 0.0
    else:
        best, value, improved = state.best_v_loss, v_loss, v_loss < state.best_v_loss
        change = (best - value) / best if best < float("inf") and best > 0 else 0.0
    remembered = replace(
        state,
        best_accuracy=max(state.best_accuracy, accuracy),
        best_v_loss=min(state.best_v_loss, v_loss),
    )
    if improved:
        remembered = replace(remembered, waited=0, reductions=0, best_epoch=epoch)
        return Decision(monitor, 100 * change, True, False, False, remembered)
    waited = state.waited + 1
    if waited < PATIENCE:
        return Decision(
            monitor, 100 * change, False, False, False, replace(remembered, waited=waited)
        )
    reductions = state.reductions + 1
    remembered = replace(
        remembered,
        waited=0,
        reductions=reductions,
        learning_rate=state.learning_rate * FACTOR,
    )
    stop = reductions >= STOP_PATIENCE
    return Decision(monitor, 100 * change, False, state.best_epoch > 0, stop, remembered)
