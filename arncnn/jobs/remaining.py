"""How far a training is and how long it still takes, from what it last said of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arncnn.store.job import Job

_STAGES = {
    "calibrating": "Calibrating and sealing the candidate",
    "comparing": "Comparing the candidate with the model in service",
    "downloading": "Fetching the data set",
    "packing": "Preparing the data set",
}
_CALIBRATION_IMAGES = 32_000
"""Read to calibrate and seal a candidate."""
_COMPARISON_IMAGES = 13_000
"""Read to compare it with the model in service: test part and corrupted images, by both."""
_READING_IS_FASTER = 3.0
"""A training step costs about three forward passes (forward, and twice that backward)."""
_LEAST_S = 5.0
_BEFORE = "Starting: loading the network and the data"


@dataclass(frozen=True)
class Remaining:
    """Where a running training stands.

    Attributes:
        epoch: the one in progress, from 1; 0 before the first.
        epochs: at most; 0 while unknown.
        share: 0 to 1, of the epochs.
        left_s: seconds until the candidate is in the registry: epochs, calibration and
            comparison, by the training's speed; None while unknown.
        sentence: what it does now.
    """

    epoch: int
    epochs: int
    share: float
    left_s: float | None
    sentence: str


def of_job(job: Job) -> Remaining:
    """Read a job's progress.

    The comparison reads with both models and tells of each from 0 on, so what is left of it is
    taken to be at least half: a time that is too long rather than 0 s for the last minute.
    """
    progress = job.progress
    epochs = int(progress.get("epochs") or 0)
    done = int(progress.get("epochs_done") or 0)
    step, steps = int(progress.get("step") or 0), int(progress.get("steps") or 0)
    stage = str(progress.get("stage") or "")
    if not epochs or (stage != "training" and done < epochs and stage not in _STAGES):
        return Remaining(done, epochs, 0.0, None, _STAGES.get(stage, _BEFORE))
    epoch = min(epochs, max(done, int(progress.get("epoch") or 0)))
    within = step / steps if steps and epoch > done else 0.0
    share = min(1.0, (done + within) / epochs)
    left_s = None
    speed, images = progress.get("images_per_second"), progress.get("images")
    if speed and images:
        left_s = _left_s(stage, progress, (epochs - done - within) * images, speed)
    sentence = _STAGES.get(stage) or f"Training, epoch {epoch} of {epochs}"
    return Remaining(epoch, epochs, share, left_s, sentence)


def _left_s(stage: str, progress: Mapping[str, Any], images: float, speed: float) -> float:
    """Seconds for what is left of all phases.

    Args:
        stage: the phase.
        progress: as stored; how far the phase is.
        images: left to train on.
        speed: of training, in images a second.
    """
    done, total = progress.get("stage_done") or 0, progress.get("stage_total") or 0
    of_stage = min(1.0, done / total) if total and stage in _STAGES else 0.0
    calibrate, compare = float(_CALIBRATION_IMAGES), float(_COMPARISON_IMAGES)
    if stage == "calibrating":
        images, calibrate = 0.0, calibrate * (1 - of_stage)
    if stage == "comparing":
        images, calibrate, compare = 0.0, 0.0, compare * (1 - of_stage / 2)
    return max(_LEAST_S, (images + (calibrate + compare) / _READING_IS_FASTER) / speed)
