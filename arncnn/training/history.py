"""History: the paper's ten columns by epoch (its Table 1), and what the control did."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any


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
