"""Table 1: the epochs of the paper recipe, each beside the paper's of the same number."""

from collections.abc import Sequence
from dataclasses import dataclass

from arncnn.evaluation.intervals import share
from arncnn.evaluation.paper_values import TABLE_1
from arncnn.experiments.comparison.result import RunResult
from arncnn.experiments.reproduction.line import NOT_PRINTED
from arncnn.models.training_history import EpochRecord

PAPER, BUNDLED, FULL = "paper", "bundled model", "full budget"


@dataclass(frozen=True)
class EpochLine:
    """One epoch of one training, as text; a dash where it was not recorded.

    Attributes:
        epoch: from 1.
        of: whose it is.
        loss, accuracy, v_loss, v_acc, lr, next_lr, monitor, improvement, duration: the paper's
            columns; accuracies in percent.
            Ours have their 95% intervals behind them.
    """

    epoch: int
    of: str
    loss: str
    accuracy: str = NOT_PRINTED
    v_loss: str = NOT_PRINTED
    v_acc: str = NOT_PRINTED
    lr: str = NOT_PRINTED
    next_lr: str = NOT_PRINTED
    monitor: str = NOT_PRINTED
    improvement: str = NOT_PRINTED
    duration: str = NOT_PRINTED


def epochs(
    history: Sequence[EpochRecord],
    run: RunResult | None,
    *,
    train_images: int,
    validation_images: int,
) -> tuple[EpochLine, ...]:
    """Every epoch of the paper's five, of the bundled model's and of the full-budget training's.

    Args:
        history: of the bundled model of the paper recipe.
        run: ARN-CNN at full budget, which kept less of its epochs; None before it was run.
        train_images: an epoch of both.
        validation_images: that both were watched on.
    """
    lines = [_recorded(PAPER, row) for row in TABLE_1]
    lines += [_recorded(BUNDLED, row, train_images, validation_images) for row in history]
    if run is not None:
        kept = zip(run.losses, run.validation_accuracy, strict=True)
        lines += [
            _kept(n, loss, v_acc, validation_images) for n, (loss, v_acc) in enumerate(kept, 1)
        ]
    return tuple(sorted(lines, key=lambda line: line.epoch))  # stable: paper, bundled, full


def _recorded(of: str, row: EpochRecord, train: int = 0, validation: int = 0) -> EpochLine:
    return EpochLine(
        row.epoch,
        of,
        f"{row.loss:.3f}",
        _accuracy(row.accuracy, train),
        f"{row.v_loss:.5f}",
        _accuracy(row.v_acc, validation),
        f"{row.lr:.3g}",
        f"{row.next_lr:.3g}",
        row.monitor,
        f"{row.improvement_percent:.2f}",
        f"{row.duration_s:,.2f} s",
    )


def _kept(epoch: int, loss: float, v_acc: float, validation: int) -> EpochLine:
    """An epoch of which only loss and validation accuracy are stored."""
    return EpochLine(
        epoch=epoch,
        of=FULL,
        loss=f"{loss:.3f}",
        v_acc=_accuracy(v_acc, validation),
    )


def _accuracy(percent: float, images: int) -> str:
    """In percent, with its interval where the number of images is known."""
    if not images:
        return f"{percent:.3f}"
    found = share(round(percent / 100 * images), images)
    return f"{percent:.3f} ({100 * found.lower:.2f} to {100 * found.upper:.2f})"
