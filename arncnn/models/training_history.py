"""Training history: the paper's ten columns by epoch (its Table 1), and what the control did."""

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from arncnn.errors import ModelError
from arncnn.models.bundle import ModelBundle

_NUMBERS = {"epoch": int}
_LARGEST = 2**20  # bytes: thousands of epochs
_TEXTS = frozenset({"monitor", "event"})


@dataclass(frozen=True)
class EpochRecord:
    """One row.

    Attributes:
        epoch: from 1.
        loss: mean training loss, penalty included.
        accuracy: training accuracy in percent, as the paper prints it.
        v_loss: validation loss, penalty included.
        v_acc: validation accuracy in percent.
        lr: learning rate of the epoch (at its end, where it moves within one).
        next_lr: learning rate of the next epoch.
        monitor: the figure the control watched.
        improvement_percent: its change against the best before, in percent.
        duration_s: seconds.
        event: "best", "dwell" (rate reduced, weights sent back), "reduced" or "".
        v_log_loss: validation log loss, without any penalty.
    """

    epoch: int
    loss: float
    accuracy: float
    v_loss: float
    v_acc: float
    lr: float
    next_lr: float
    monitor: str
    improvement_percent: float
    duration_s: float
    event: str = ""
    v_log_loss: float = float("nan")


COLUMNS = tuple(field.name for field in fields(EpochRecord))


def to_csv(records: Iterable[EpochRecord]) -> str:
    """The rows as CSV text with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(record) for record in records)
    return text.getvalue()


def from_json(rows: Iterable[dict[str, Any]]) -> list[EpochRecord]:
    """Rows from dictionaries, as a checkpoint keeps them."""
    return [EpochRecord(**row) for row in rows]


def load(bundle: ModelBundle) -> list[EpochRecord]:
    """The epochs of the training, in order.

    Raises:
        ModelError: the model has no history, or not one that this version reads.
    """
    path = bundle.path("history.csv")
    if path is None:
        raise ModelError("The model has no stored training history.")
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError
        with path.open(encoding="utf-8", newline="") as file:
            found = [_epoch(row) for row in csv.DictReader(file)]
        if [record.epoch for record in found] != list(range(1, len(found) + 1)) or not found:
            raise ValueError
    except (OSError, KeyError, TypeError, ValueError, OverflowError, csv.Error) as error:
        raise ModelError(
            "The model's training history cannot be read. Restore or replace the model."
        ) from error
    return found


def _epoch(row: dict[str, str]) -> EpochRecord:
    values: dict[str, Any] = {
        field.name: row[field.name]
        if field.name in _TEXTS
        else _NUMBERS.get(field.name, float)(row[field.name])
        for field in fields(EpochRecord)
        if field.name in row
    }
    numbers = [value for name, value in values.items() if name not in {*_TEXTS, "v_log_loss"}]
    if not all(map(math.isfinite, numbers)):
        raise ValueError
    return EpochRecord(**values)
