"""Job: one training to be done, as the store knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from arncnn.errors import JobError
from arncnn.store.tables import JobRow


class State(StrEnum):
    """Where a job stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stop(StrEnum):
    """What a person asked of a running job."""

    CANCEL = "cancel"
    KEEP_BEST = "stop_keep_best"


FINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})


class LeaseLostError(JobError):
    """The job is no longer this attempt's: it was cancelled, requeued or done by another."""


@dataclass(frozen=True)
class Claim:
    """One attempt at a job; every update names it and is refused once it is over."""

    job_id: str
    attempt: int


@dataclass(frozen=True)
class Job:
    """One job as it is now. Times are Unix seconds.

    Attributes:
        attempt: how often it was claimed; 0 before the first time.
        wanted_device: "any", a kind such as "gpu", or a device such as "gpu:0@host".
        device: the device it runs on, or last ran on.
        engine_ref: how its engine finds it again, e.g. a process id or a Ray job id.
        spec: what to train; the trainer's business.
        progress: the latest progress, e.g. epoch, step, images_per_second.
        result: what it led to, e.g. the candidate's hash; None before.
        error: the sentence of a failure; None without one.
    """

    id: str
    kind: str
    state: State
    attempt: int
    max_attempts: int
    wanted_device: str
    device: str | None
    engine: str | None
    engine_ref: str | None
    lease_until: float | None
    heartbeat_at: float | None
    stop_flag: Stop | None
    spec: Mapping[str, Any]
    progress: Mapping[str, Any]
    result: Mapping[str, Any] | None
    error: str | None
    created_by: str
    created_at: float
    started_at: float | None
    finished_at: float | None

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in FINAL

    @property
    def claim(self) -> Claim:
        """The claim of the attempt that runs now."""
        return Claim(self.id, self.attempt)


@dataclass(frozen=True)
class JobEvent:
    """One line of a job's log, numbered from 1 within the job."""

    number: int
    attempt: int
    at: float
    kind: str
    payload: Mapping[str, Any]


def from_row(row: JobRow) -> Job:
    """The job a row holds."""
    stop = Stop(row.stop_flag) if row.stop_flag else None
    return row.as_record(Job, state=State(row.state), stop_flag=stop)
