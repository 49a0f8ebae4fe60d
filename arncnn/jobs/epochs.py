"""The epochs that a training has sent so far, from its events."""

from collections.abc import Iterable
from dataclasses import MISSING, fields

from arncnn.models.training_history import EpochRecord
from arncnn.store.job import JobEvent

_COLUMNS = {column.name for column in fields(EpochRecord)}
_SENT = {column.name for column in fields(EpochRecord) if column.default is MISSING}


def epochs(events: Iterable[JobEvent]) -> list[EpochRecord]:
    """Epochs by number; a later attempt's epoch stands for the one it repeats.

    An event of another version that lacks a column is left out.
    """
    records: dict[int, EpochRecord] = {}
    for event in events:
        if event.kind == "epoch" and set(event.payload) >= _SENT:
            values = {name: event.payload[name] for name in _COLUMNS & set(event.payload)}
            values["event"] = event.payload.get("control", "")
            records[int(values["epoch"])] = EpochRecord(**values)
    return [records[epoch] for epoch in sorted(records)]
