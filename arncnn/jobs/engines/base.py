"""Engine: what a supervisor asks of the place where trainings run. It keeps no state of its own.

An engine only launches, watches and ends. What a job is, whose it is and how it ended is the
store's business, so an engine that forgets everything loses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from arncnn.errors import JobError


class EngineAwayError(JobError):
    """The engine cannot do it now: it does not answer, or what was ended is not gone yet."""


@dataclass(frozen=True)
class Launch:
    """One attempt to be started.

    Attributes:
        job_id: the job.
        attempt: its number; with the job it names the attempt everywhere.
        command: the program and its arguments.
        folder: of the job; the trainer's working files and logs.
        device: "kind:number@host".
        environment: variables added to those of the supervisor.
    """

    job_id: str
    attempt: int
    command: tuple[str, ...]
    folder: Path
    device: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Status:
    """What is known of a launched attempt.

    Attributes:
        is_running: whether it still works.
        exit_code: how it ended, negative for a signal; None while running or when unknown.
    """

    is_running: bool
    exit_code: int | None = None


class Engine(Protocol):
    """The interface; every method returns soon."""

    @property
    def name(self) -> str:
        """What the store records: "local" or "ray"."""

    def devices(self) -> tuple[str, ...]:
        """The devices it trains on, one job each: "kind:number@host"."""

    def launch(self, launch: Launch) -> str:
        """Start an attempt; give the reference by which it is found again.

        Raises:
            EngineAwayError: the engine does not answer, or an earlier attempt has not ended yet.
            JobError: it cannot be started.
        """

    def find(self, job_id: str, attempt: int) -> str | None:
        """The reference of an attempt that was started but never recorded; None without one."""

    def poll(self, reference: str) -> Status:
        """Whether it runs; one that the engine does not know (any more) does not.

        Raises:
            EngineAwayError: the engine does not answer, here and in what follows.
        """

    def read(self, reference: str, log: Path, offset: int) -> bytes:
        """What the trainer printed from byte ``offset`` on; it may end within a line."""

    def ask_to_stop(self, reference: str, folder: Path) -> None:
        """Ask the trainer to end after its current step and keep the best so far."""

    def cancel(self, reference: str) -> None:
        """End it now, with everything it started. One that has ended is no error."""

    def end_orphans(self, keep: Mapping[str, int]) -> int:
        """End attempts of this installation that nobody waits for; give how many.

        Args:
            keep: the current attempt of every running job, by job id.
        """


STOP_FILE = "stop"


def log_of(folder: Path, attempt: int) -> Path:
    """Where an attempt's output goes."""
    return folder / f"attempt-{attempt}.log"
