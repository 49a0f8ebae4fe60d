"""RunningAttempt: one running attempt as its supervisor follows it."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from arncnn.jobs.engines.base import Engine, log_of
from arncnn.store import Store
from arncnn.store.job import Claim, Job
from arncnn.store.roles import SUPERVISOR

_PROGRESS_ONLY = frozenset({"step", "stage"})  # too many to keep each of them
_KEPT = frozenset(
    {"epoch", "epochs", "step", "steps", "images_per_second", "loss", "accuracy", "images"}
)
_OFFSET = "log_offset"


class RunningAttempt:
    """What an attempt has told so far, and how far its log was read.

    Attributes:
        claim: the attempt.
        reference: how the engine finds it.
        folder: of the job.
        device: where it runs.
        progress: the latest, as stored: epoch, epochs, step, steps, images_per_second, stage,
            and the log's offset, so that a new supervisor reads on where this one stopped.
        is_told_to_stop: whether the trainer was asked to keep the best.
        is_answered: whether the engine answered when last asked about it.
    """

    def __init__(self, job: Job, reference: str, folder: Path, engine: Engine) -> None:
        self.claim: Claim = job.claim
        self.reference, self.folder = reference, folder
        self.device = job.device or ""
        self._log, self._engine = log_of(folder, job.attempt), engine
        is_same = job.progress.get("attempt") == job.attempt
        self.progress: dict[str, Any] = dict(job.progress) if is_same else self._fresh(job)
        self.offset: int = int(self.progress.get(_OFFSET, 0))
        self.is_told_to_stop, self.is_answered = False, True

    @staticmethod
    def _fresh(job: Job) -> dict[str, Any]:
        """Progress at the start of an attempt: the epochs of earlier attempts still count."""
        return {"attempt": job.attempt, "epochs_done": job.progress.get("epochs_done", 0)}

    @property
    def may_stop(self) -> bool:
        """Whether there is a best to keep: not before the first epoch has ended."""
        return not self.is_told_to_stop and self.progress["epochs_done"] > 0

    def read_events(self) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
        """Read on in the log, event by event.

        An event counts as read when the caller asks for the next one, so that one whose
        storing failed is read again.

        Yields:
            Kind, payload and the progress to store with it; kind "" is progress alone.
        """
        found = self._engine.read(self.reference, self._log, self.offset)
        progress = dict(self.progress)
        offset, is_news = self.offset, False
        for line in found[: found.rfind(b"\n") + 1].splitlines(keepends=True):
            offset += len(line)
            progress[_OFFSET] = offset
            event = _parse(line)
            if event is None:
                continue
            kind = str(event.pop("event"))
            _update(progress, kind, event)
            is_news = kind in _PROGRESS_ONLY
            if not is_news:
                yield kind, event, progress
                self.progress, self.offset = dict(progress), offset
        if is_news:
            yield "", {}, progress
        self.progress, self.offset = progress, offset

    def latest_events(self, store: Store) -> dict[str, dict[str, Any]]:
        """The payload of this attempt's latest event of each kind, as stored."""
        latest: dict[str, dict[str, Any]] = {}
        after = 0
        while events := store.jobs.events(SUPERVISOR, self.claim.job_id, after=after):
            for event in events:
                if event.attempt == self.claim.attempt:
                    latest[event.kind] = dict(event.payload)
            after = events[-1].number
        return latest


def _update(progress: dict[str, Any], kind: str, event: Mapping[str, Any]) -> None:
    progress |= {key: event[key] for key in _KEPT & event.keys()}
    if kind in ("start", "epoch"):
        progress["epochs_done"] = event.get("epoch", 0)
    if kind == "stage":
        for key, value in event.items():
            progress[key if key == "stage" else f"stage_{key}"] = value
    else:
        progress["stage"] = {"releasing": "calibrating"}.get(kind, "training")


def _parse(line: bytes) -> dict[str, Any] | None:
    """One event; None for anything else a program may print."""
    if not line.startswith(b"{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or "event" not in event:
        return None
    return {key: _finite(value) for key, value in event.items()}


def _finite(value: Any) -> Any:
    """What JSON can keep: a figure that is no number becomes None."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
