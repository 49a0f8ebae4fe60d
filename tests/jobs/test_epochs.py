"""The epochs of a job's events: each once, the later attempt's, in order."""

from dataclasses import asdict

from arncnn.jobs.epochs import epochs
from arncnn.models.training_history import EpochRecord
from arncnn.store.job import JobEvent


def _event(number: int, epoch: int, loss: float, **changes: object) -> JobEvent:
    record = EpochRecord(epoch, loss, 90.0, 0.2, 91.0, 1e-3, 1e-3, "val_loss", 0.0, 1.0)
    sent = {name: value for name, value in asdict(record).items() if name != "event"}
    return JobEvent(number, 1, 0.0, "epoch", {**sent, "control": "best", **changes})


def test_a_later_attempts_epoch_stands_for_the_one_it_repeats() -> None:
    found = epochs([_event(1, 2, 0.5), _event(2, 1, 0.9), _event(3, 2, 0.4, extra="unknown")])
    assert [(record.epoch, record.loss, record.event) for record in found] == [
        (1, 0.9, "best"),
        (2, 0.4, "best"),
    ]


def test_other_events_and_epochs_of_another_version_are_left_out() -> None:
    lacking = JobEvent(1, 1, 0.0, "epoch", {"epoch": 1, "loss": 0.5})
    assert epochs([lacking, JobEvent(2, 1, 0.0, "note", {"text": "hello"})]) == []
