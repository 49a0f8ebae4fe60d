"""One attempt at a training, as a process of its own: ``python -m arncnn.jobs.attempt FOLDER``.

It trains, compares the candidate with the model in service, and prints what happens as one
JSON event a line. It never opens the store: what it needs lies in its folder, and what it
finds out is for the supervisor to write down.

| In the folder | |
| --- | --- |
| ``training.json`` | the ``TrainingSpec`` |
| ``corrections.npz``, ``held-out.npz`` | approved corrections to learn from, and to measure on |
| ``serving/`` | the model in service, to go on from and to compare with |
| ``run/`` | checkpoints, history; ``run/model`` is the candidate |
| ``stop`` | appears when a person asks to stop and keep the best |
"""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from arncnn.data.approved_corrections import HELD_OUT, LEARNED
from arncnn.errors import ArncnnError, ModelError
from arncnn.jobs import artefacts, failure, memory
from arncnn.jobs.engines.base import STOP_FILE
from arncnn.jobs.training_spec import FROM_SERVICE, TrainingSpec
from arncnn.progress import Event

SPEC = "training.json"
SERVING, RUN, MODEL = "serving", "run", "model"
_PROGRESS_EVERY_S = 0.5
_STOP_EVERY_S = 1.0
_FAILED = 1


def main(arguments: list[str]) -> int:
    """Carry out the attempt in the folder named; exit code 0 when there is a candidate."""
    folder = Path(arguments[0])
    device = os.environ.get("ARNCNN_DEVICE", "")
    try:
        memory.limit()
        shared = artefacts.of_job(folder)
        shared.fetch()
        _train_and_judge(folder, shared)
    except (ArncnnError, MemoryError, OSError) as error:
        is_ours = isinstance(error, ArncnnError)
        reason = str(error) if is_ours else failure.of_exception(error, device).sentence
        _print_event({"event": "failed", "reason": reason})
        return _FAILED
    return 0


def _train_and_judge(folder: Path, shared: artefacts.Shared) -> None:
    spec = TrainingSpec.from_json(json.loads((folder / SPEC).read_text(encoding="utf-8")))
    candidate = _finished(folder)
    if candidate is None:
        from arncnn.pipeline.train import train  # Keras loads here

        def on_event(event: Event) -> None:
            _print_event(event)
            if event["event"] == "epoch":
                shared.push(RUN)

        goes_on, corrections = spec.start == FROM_SERVICE, folder / LEARNED
        candidate = train(
            replace(
                spec,
                initial=str(folder / SERVING) if goes_on else None,
                corrections=str(corrections) if corrections.exists() else None,
            ),
            folder / RUN,
            on_event=on_event,
            should_stop=_StopSign(folder, shared).is_up,
            progress=_Preparation(),
        )
    from arncnn.jobs import gate

    serving = folder / SERVING
    result = gate.judge(
        candidate,
        serving if serving.is_dir() else None,
        folder / HELD_OUT,
        spec.source,
        learned=folder / LEARNED,
        progress=_Preparation(),
    )
    shared.push(RUN)
    _print_event({"event": "gate", **result})
    _print_event({"event": "done", "model": f"{RUN}/{MODEL}", **vars(candidate.identity)})


def _finished(folder: Path) -> Any:
    """The candidate, when an earlier attempt sealed it and was killed while judging it."""
    from arncnn.models.bundle import ModelBundle

    try:
        return ModelBundle.open(folder / RUN / MODEL)
    except ModelError:
        return None


def _print_event(event: Event) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


class _StopSign:
    """Whether a person asked to stop; the shared store is asked at most once a second."""

    def __init__(self, folder: Path, shared: artefacts.Shared) -> None:
        self._file, self._shared, self._asked_s = folder / STOP_FILE, shared, 0.0

    def is_up(self) -> bool:
        """Look, after every step."""
        now = time.monotonic()
        if now - self._asked_s < _STOP_EVERY_S:
            return False
        self._asked_s = now
        return self._file.exists() or self._shared.stop_asked()


class _Preparation:
    """Tells of stages before and after the epochs, at most twice a second."""

    def __init__(self) -> None:
        self._stage = ""
        self._told_s = 0.0

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if stage != self._stage or now - self._told_s >= _PROGRESS_EVERY_S:
            self._stage, self._told_s = stage, now
            _print_event({"event": "stage", "stage": stage, "done": done, "total": total})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
